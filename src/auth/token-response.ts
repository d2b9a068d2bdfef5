import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import type { SessionTokens } from 'nestjs-session-manager';

/** Tokens under the names of RFC 6749 §5.1. */
export class TokenResponse {
  @ApiProperty()
  readonly access_token!: string;

  @ApiProperty({ enum: ['Bearer'] })
  readonly token_type!: 'Bearer';

  @ApiProperty({ description: 'Seconds', example: 900 })
  readonly expires_in!: number;

  @ApiPropertyOptional({
    description: 'Under the strategy jwt only; elsewhere the access token renews itself',
  })
  readonly refresh_token?: string;

  @ApiProperty({ description: 'Names the session in GET /auth/sessions; no credential' })
  readonly session_id!: string;
}

export function toTokenResponse(tokens: SessionTokens): TokenResponse {
  return {
    access_token: tokens.accessToken,
    token_type: tokens.tokenType,
    expires_in: tokens.expiresIn,
    ...(tokens.refreshToken !== undefined && { refresh_token: tokens.refreshToken }),
    session_id: tokens.sessionId,
  };
}
