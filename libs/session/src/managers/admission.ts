import { AccessTokenNotFoundError } from '../core/errors.js';
import { honours, isActive } from '../core/expiry.js';
import type { ManagerTime } from '../core/manager-time.js';
import { apiTokenInfo, sessionInfo } from '../core/session-views.js';
import type { ActiveRecord, ApiTokenInfo, SessionTokenInfo } from '../core/session.js';
import type { AccessOptions } from '../core/session-store.js';
import type { ApiTokenRecord } from '../core/api-token-store.js';
import type { ApiTokenClaims, SessionClaims } from '../core/token-codec.js';
import { TokenType } from '../core/token-type.js';
import { isPromise, type MaybePromise } from '../util/maybe-promise.js';
import type { AskedApiTokenStore, AskedSessionStore } from './asked-stores.js';
import { checkAgreement } from './read-token.js';
import { accessTokenNotFound, refusalReason } from './refusals.js';

/**
 * How managers and verifiers let in a genuine token whose own times are good: its record has to be there. Both functions
 * answer at once if the store does, since every request waits for them.
 */

/** Made once: every request of an answer that has to be fresh asks with it. */
const FROM_THE_STORE: AccessOptions = Object.freeze({ fresh: true });

/**
 * What a token of a session says, if the session is there and honours it. An access token needs an active session, and
 * its use is noted, though not by a time that may turn out wrong; a refresh token is looked at without leaving a trace.
 *
 * @throws SessionValidationError if there is no such session; InvalidTokenError if the two do not agree.
 */
export function admitSession(
  sessions: AskedSessionStore,
  claims: SessionClaims,
  now: number,
  { isCertain }: Pick<ManagerTime, 'isCertain'>,
  fresh?: boolean,
): MaybePromise<SessionTokenInfo> {
  const answer =
    claims.type === TokenType.Access && isCertain
      ? sessions.access(claims.id, claims.generation, now, fresh === true ? FROM_THE_STORE : undefined)
      : sessions.find(claims.id, now);
  return isPromise(answer)
    ? answer.then((record) => admittedBy(record, sessions, claims, now))
    : admittedBy(answer, sessions, claims, now);
}

/**
 * What an API token says, if it is registered. Its use is noted.
 *
 * @throws AccessTokenNotFoundError if it is not.
 */
export function admitApiToken(
  apiTokens: AskedApiTokenStore,
  claims: ApiTokenClaims,
  now: number,
): MaybePromise<ApiTokenInfo> {
  const { jti, username, times } = claims;
  const answer = apiTokens.access(jti, { username, issuedAt: times.issuedAt }, now);
  return isPromise(answer)
    ? answer.then((record) => registeredAs(record, claims, now))
    : registeredAs(answer, claims, now);
}

function admittedBy(
  record: ActiveRecord | undefined,
  sessions: AskedSessionStore,
  claims: SessionClaims,
  now: number,
): MaybePromise<SessionTokenInfo> {
  if (record === undefined || !isHonoured(record, claims, now)) return refuse(sessions, claims, now);
  checkAgreement(record, claims);
  return sessionInfo(record, claims);
}

function isHonoured(record: ActiveRecord, { type, generation }: SessionClaims, now: number): boolean {
  return honours(record, generation, now) && (type !== TokenType.Access || isActive(record, now));
}

async function refuse(sessions: AskedSessionStore, claims: SessionClaims, now: number): Promise<never> {
  throw accessTokenNotFound(claims, await refusalReason(sessions, claims, now));
}

function registeredAs(record: ApiTokenRecord | undefined, claims: ApiTokenClaims, now: number): ApiTokenInfo {
  if (record === undefined) throw new AccessTokenNotFoundError('The API token is not registered');
  return apiTokenInfo(claims, record, now);
}
