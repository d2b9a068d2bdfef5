import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import type { ListedSession } from 'nestjs-session-manager';

/** One of the user's sessions. */
export class SessionResponse {
  @ApiProperty()
  readonly session_id!: string;

  @ApiProperty({ description: 'Whether it is the one that asks' })
  readonly current!: boolean;

  @ApiProperty({ description: 'Whether its access token is valid; if not, a refresh would revive it' })
  readonly active!: boolean;

  @ApiProperty()
  readonly created_at!: Date;

  @ApiProperty()
  readonly last_accessed!: Date;

  @ApiProperty()
  readonly expires_at!: Date;

  @ApiPropertyOptional()
  readonly refresh_expires_at?: Date;

  @ApiPropertyOptional({ type: 'object', additionalProperties: { type: 'string' } })
  readonly details?: object;
}

export function toSessionResponse(session: ListedSession, currentId: string): SessionResponse {
  return {
    session_id: session.sessionId,
    current: session.sessionId === currentId,
    active: session.active,
    created_at: session.createdAt,
    last_accessed: session.lastAccessed,
    expires_at: session.expiresAt,
    ...(session.refreshExpiresAt && { refresh_expires_at: session.refreshExpiresAt }),
    ...(session.details && { details: session.details }),
  };
}
