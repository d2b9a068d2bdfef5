import {
  AccessTokenNotFoundError,
  SessionStoreUnavailableError,
  type RefusalReason,
  type SessionError,
} from '../../core/errors.js';
import type { SessionInfo } from '../../core/session.js';
import { TokenType } from '../../core/token-type.js';
import type { ConnectionEndReason } from './connection-end.js';

const REASONS: Readonly<
  Record<Exclude<ConnectionEndReason, 'unavailable' | 'shutdown'> | 'forgotten', RefusalReason>
> = {
  logout: 'revoked',
  revoked: 'revoked',
  evicted: 'evicted',
  reuse: 'reuse_detected',
  expired: 'expired',
  forgotten: 'unknown',
};

/** Why a connection that is no more, or never came to be, lets nothing in. */
export function refusalOf(ended: ConnectionEndReason | 'forgotten', session: SessionInfo): SessionError {
  if (ended === 'unavailable') {
    return new SessionStoreUnavailableError('Nobody can tell whether the session is still there');
  }
  if (ended === 'shutdown') return new SessionStoreUnavailableError('The application shuts down');
  return new AccessTokenNotFoundError('What opened the connection is over', {
    ...(session.type !== TokenType.Api && { sessionId: session.sessionId }),
    reason: REASONS[ended],
  });
}
