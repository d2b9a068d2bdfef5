import { isRefusal, isSessionError } from '../core/error-brand.js';
import {
  InvalidTokenError,
  InvalidTokenProcessingError,
  MissingTokenError,
  SessionExpiredError,
  WrongTokenTypeError,
} from '../core/errors.js';
import { isOver, isPremature } from '../core/expiry.js';
import { agrees } from '../core/session-views.js';
import type { ActiveRecord } from '../core/session.js';
import type { SessionPolicy } from '../core/session-policy.js';
import { describeValue } from '../util/text.js';
import type { SessionClaims, TokenClaims, TokenCodec } from '../core/token-codec.js';
import { TokenType } from '../core/token-type.js';
import { namedSession } from './refusals.js';

/** What a presented token says, whatever was presented. */
export function readToken(codec: Pick<TokenCodec, 'read'>, token: unknown): TokenClaims {
  if (token === undefined || token === null) throw new MissingTokenError('No token was presented');
  if (typeof token !== 'string') {
    throw new InvalidTokenError(`A token is a string, not ${describeValue(token)}`);
  }
  try {
    return codec.read(token);
  } catch (cause) {
    if (isSessionError(cause)) throw cause;
    throw new InvalidTokenProcessingError('A token could not be processed', { cause });
  }
}

/** The same, where a token that says nothing is an answer and not an error. */
export function readTokenIfGood(codec: TokenCodec, token: unknown): TokenClaims | undefined {
  try {
    return readToken(codec, token);
  } catch (error) {
    if (isRefusal(error)) return undefined;
    throw error;
  }
}

/** Refuses a genuine token of a type that is not accepted: the three are mutually exclusive (RFC 8725 §3.12). */
export function checkType<T extends TokenType>(
  claims: TokenClaims,
  accept: readonly T[],
): asserts claims is Extract<TokenClaims, { type: T }> {
  // A text has an `includes` of its own, which goes by letters.
  const types: readonly TokenType[] = Array.isArray(accept) ? accept : [];
  if (types.includes(claims.type)) return;
  throw new WrongTokenTypeError(
    `Expected a token of type ${types.join(' or ') || 'none'}, got ${claims.type}`,
    namedSession(claims),
  );
}

/**
 * Judges the times that a token itself carries. The leeway is for clocks that disagree; an API token ends at the
 * very moment that was asked for, as its record does.
 */
export function checkTimes(
  claims: TokenClaims,
  now: number,
  { leeway }: Pick<SessionPolicy, 'leeway'>,
): void {
  if (claims.times === undefined) return;
  if (isPremature(claims.times, now, leeway)) {
    throw new InvalidTokenError('The token is not valid yet', namedSession(claims));
  }
  if (isOver(claims.times, now, claims.type === TokenType.Api ? 0 : leeway)) {
    throw new SessionExpiredError('The token has expired', { ...namedSession(claims), reason: 'expired' });
  }
}

/** Refuses a genuine token that does not say what its record does. */
export function checkAgreement(record: ActiveRecord, claims: SessionClaims): void {
  if (agrees(record, claims)) return;
  throw new InvalidTokenError('The token is not what its session issued', namedSession(claims));
}
