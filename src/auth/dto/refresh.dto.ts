import { ApiProperty } from '@nestjs/swagger';
import { IsNotEmpty, IsString } from 'class-validator';

export class RefreshDto {
  /** How long it may be is the library's to say, and a bad one looks like any other bad one. */
  @ApiProperty({ description: 'Under the strategies token and single, the access token' })
  @IsString()
  @IsNotEmpty()
  readonly refresh_token!: string;
}
