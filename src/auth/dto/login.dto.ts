import { ApiProperty } from '@nestjs/swagger';
import { IsString, Length } from 'class-validator';

export class LoginDto {
  @ApiProperty({ example: 'alice', minLength: 1, maxLength: 256 })
  @IsString()
  @Length(1, 256)
  readonly username!: string;

  /** The bound keeps what is fed to Argon2 small. */
  @ApiProperty({ format: 'password', minLength: 1, maxLength: 1024 })
  @IsString()
  @Length(1, 1024)
  readonly password!: string;
}
