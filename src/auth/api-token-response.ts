import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import type { CreatedApiToken, ListedApiToken } from 'nestjs-session-manager';

/** A new API token, shown this once. */
export class CreatedApiTokenResponse {
  @ApiProperty()
  readonly api_token!: string;

  @ApiProperty({ enum: ['Bearer'] })
  readonly token_type!: 'Bearer';

  @ApiProperty({ description: 'Names the token in GET /auth/api-tokens; no credential' })
  readonly jti!: string;

  @ApiProperty()
  readonly expires_at!: Date;
}

/** One of the user's API tokens. */
export class ApiTokenResponse {
  @ApiProperty()
  readonly jti!: string;

  @ApiPropertyOptional()
  readonly label?: string;

  @ApiProperty()
  readonly created_at!: Date;

  @ApiPropertyOptional()
  readonly last_accessed?: Date;

  @ApiProperty()
  readonly expires_at!: Date;
}

export function toCreatedApiTokenResponse(created: CreatedApiToken): CreatedApiTokenResponse {
  return { api_token: created.token, token_type: 'Bearer', jti: created.jti, expires_at: created.expiresAt };
}

export function toApiTokenResponse(token: ListedApiToken): ApiTokenResponse {
  return {
    jti: token.jti,
    ...(token.label !== undefined && { label: token.label }),
    created_at: token.createdAt,
    ...(token.lastAccessed && { last_accessed: token.lastAccessed }),
    expires_at: token.expiresAt,
  };
}
