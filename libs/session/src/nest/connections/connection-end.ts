import type { CredentialEnd } from '../../core/credential-watch.js';
import type { RefusalDisclosure } from '../contexts/http/http-errors.js';

/**
 * Why a connection is closed: what opened it was logged out, revoked, evicted, used twice or has lapsed; or for too long
 * nobody could be asked; or the application shuts down.
 */
export type ConnectionEndReason = CredentialEnd | 'unavailable' | 'shutdown';

/** The status codes that WebSockets are closed with; those from 4000 on are for applications (RFC 6455 §7.4.2). */
export const CLOSE_CODES = Object.freeze({
  /** The session or the API token has ended; the client has to log in. Clients of graphql-ws take it for fatal. */
  ended: 4401,
  /** It has lapsed; a client with a fresh token may come again at once, as those of graphql-ws do. */
  lapsed: 4403,
  /** The application shuts down (RFC 6455 §7.4.1). */
  goingAway: 1001,
  /** Nobody can be asked just now; IANA's registry calls it "Try Again Later". */
  tryAgainLater: 1013,
});

/** What whoever closes a connection is told. */
export interface ConnectionEnd {
  /** Why. For the log: what a client may know of it is in {@link text}. */
  readonly reason: ConnectionEndReason;
  /** Whether the client may come again at once, with a fresh token if it has one. */
  readonly comeAgain: boolean;
  /** The status code of a WebSocket: 4401 for what has ended, 4403 for what has lapsed, 1001 at shutdown, 1013 else. */
  readonly code: number;
  /** What may be told beside the code: `session logout`, or `session ended` unless `tellRefusalReason` says otherwise. */
  readonly text: string;
}

/** How an end is told. Nothing tells a thief that he was noticed, or how. */
export function connectionEnd(
  reason: ConnectionEndReason,
  { tellRefusalReason = false }: RefusalDisclosure = {},
): ConnectionEnd {
  switch (reason) {
    case 'expired':
      return Object.freeze({ reason, comeAgain: true, code: CLOSE_CODES.lapsed, text: 'session expired' });
    case 'unavailable':
      return Object.freeze({
        reason,
        comeAgain: true,
        code: CLOSE_CODES.tryAgainLater,
        text: 'try again later',
      });
    case 'shutdown':
      return Object.freeze({ reason, comeAgain: true, code: CLOSE_CODES.goingAway, text: 'going away' });
    default: {
      const told = reason === 'reuse' ? 'revoked' : reason;
      const text = `session ${tellRefusalReason ? told : 'ended'}`;
      return Object.freeze({ reason, comeAgain: false, code: CLOSE_CODES.ended, text });
    }
  }
}
