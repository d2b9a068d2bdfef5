import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsObject, IsString } from 'class-validator';
import { Permission, type DatasetPermissions } from 'nestjs-session-manager';
import { IsOmittable } from '../../http/is-omittable.decorator.js';
import { IsNumberOrString } from './is-number-or-string.decorator.js';

/** Shapes only: what an expiration or a name may be, the library checks and says. */
export class CreateApiTokenDto {
  @ApiPropertyOptional({
    oneOf: [
      { type: 'integer', minimum: 1 },
      { type: 'string', format: 'date-time' },
    ],
    description: 'Seconds from now, or a moment in ISO 8601 with a zone',
    default: 3600,
  })
  @IsOmittable()
  @IsNumberOrString()
  readonly expiration?: number | string;

  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: { type: 'array', items: { type: 'string', enum: Object.values(Permission) } },
    description:
      'The rights by dataset, of which its owner must hold each; left out, the token may all that its owner may',
    example: { demo: ['read'] },
  })
  @IsOmittable()
  @IsObject()
  readonly datasets?: DatasetPermissions;

  @ApiPropertyOptional({ minLength: 1, maxLength: 256, example: 'nightly import' })
  @IsOmittable()
  @IsString()
  readonly label?: string;
}
