import { ApiProperty } from '@nestjs/swagger';
import type { SessionTokenInfo } from 'nestjs-session-manager';
import type { User } from '../users/user.js';

/** Who is logged in, and until when. */
export class MeResponse {
  @ApiProperty({ example: 'alice' })
  readonly username!: string;

  @ApiProperty({ enum: ['admin', 'reader'] })
  readonly role!: string;

  @ApiProperty()
  readonly session_id!: string;

  @ApiProperty()
  readonly expires_at!: Date;
}

export function toMeResponse({ username, role }: User, session: SessionTokenInfo): MeResponse {
  return { username, role, session_id: session.sessionId, expires_at: session.expiresAt };
}
