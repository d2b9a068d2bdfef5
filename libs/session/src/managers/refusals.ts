import { AccessTokenNotFoundError, RefreshTokenNotFoundError, type RefusalReason } from '../core/errors.js';
import type { Absence } from '../core/session-store.js';
import type { SessionClaims, TokenClaims } from '../core/token-codec.js';
import { TokenType } from '../core/token-type.js';
import type { AskedSessionStore } from './asked-stores.js';

const REASONS: Readonly<Record<Absence, RefusalReason>> = {
  expired: 'expired',
  idle: 'idle',
  rotated: 'rotated',
  logout: 'revoked',
  revoked: 'revoked',
  evicted: 'evicted',
  reuse: 'reuse_detected',
};

/** Why a genuine token of a session is not valid just now. Off the hot path: only who is refused pays for it. */
export async function refusalReason(
  sessions: Pick<AskedSessionStore, 'absence'>,
  { id, generation }: SessionClaims,
  now: number,
): Promise<RefusalReason> {
  const absence = await sessions.absence(id, generation, now);
  return absence === undefined ? 'unknown' : REASONS[absence];
}

/** The refusal of a genuine token whose session is not there, or no longer honours it. */
export function accessTokenNotFound(
  claims: TokenClaims,
  reason?: RefusalReason,
): AccessTokenNotFoundError | RefreshTokenNotFoundError {
  if (claims.type === TokenType.Refresh) return refreshTokenNotFound(claims, reason);
  return new AccessTokenNotFoundError('The token is not valid: expired, revoked or never issued', {
    ...namedSession(claims),
    reason,
  });
}

/** The refusal of a genuine token that was to renew a session. */
export function refreshTokenNotFound(
  claims: SessionClaims,
  reason?: RefusalReason,
): RefreshTokenNotFoundError {
  return new RefreshTokenNotFoundError('The token renews nothing: its session is over', {
    ...namedSession(claims),
    reason,
  });
}

/** The session that a genuine token names, for the log. */
export function namedSession(claims: TokenClaims): { sessionId?: string } {
  return claims.type === TokenType.Api ? {} : { sessionId: claims.id };
}
