import { isActive } from './expiry.js';
import { SECOND } from '../util/clock.js';
import type {
  ActiveRecord,
  ApiTokenInfo,
  ListedSession,
  SessionRecord,
  SessionTokenInfo,
  SessionTokens,
} from './session.js';
import type { ApiTokenRecord } from './api-token-store.js';
import type { ApiTokenClaims, SessionClaims } from './token-codec.js';
import { TokenType } from './token-type.js';
import type { Writable } from '../util/writable.js';

/**
 * Whether a token says the same as its record. A token of the record's generation was made from the record as it is
 * now, so user and times have to be equal. The record keeps no times of earlier generations: of an older token only the
 * user is compared. What a token does not say, as an opaque one says neither, is not compared.
 */
export function agrees(record: ActiveRecord, claims: SessionClaims): boolean {
  if (claims.username !== undefined && claims.username !== record.username) return false;
  if (claims.times === undefined || claims.generation !== record.generation) return true;
  const { issuedAt, expiresAt, authenticatedAt } = claims.times;
  if (issuedAt !== record.issuedAt) return false;
  return claims.type === TokenType.Access
    ? expiresAt === record.expiresAt && authenticatedAt === record.authenticatedAt
    : expiresAt === record.refreshExpiresAt;
}

/** As much of a record as validating tells. */
type KnownOfSession = Pick<
  SessionRecord,
  | 'id'
  | 'username'
  | 'generation'
  | 'createdAt'
  | 'issuedAt'
  | 'lastAccessed'
  | 'expiresAt'
  | 'previousUntil'
  | 'authenticatedAt'
>;

/** What a valid token of the session says. */
export function sessionInfo(record: KnownOfSession, claims: SessionClaims): SessionTokenInfo {
  const own = claims.generation === record.generation;
  const expiresAt = claims.times?.expiresAt ?? (own ? record.expiresAt : record.previousUntil!);
  const info: Writable<SessionTokenInfo> = {
    username: record.username,
    type: claims.type,
    jti: claims.jti,
    sessionId: record.id,
    issuedAt: new Date(claims.times?.issuedAt ?? record.issuedAt),
    createdAt: new Date(record.createdAt),
    lastAccessed: new Date(record.lastAccessed),
    expiresAt: new Date(expiresAt),
  };
  // Not spread into it, which would make a second object on every request; and a fifth date costs each of them.
  if (record.authenticatedAt !== undefined) info.authenticatedAt = new Date(record.authenticatedAt);
  if (claims.issuer !== undefined) {
    info.issuer = claims.issuer;
    info.audience = claims.audience;
  }
  return Object.freeze(info);
}

/** What a JWT of a session says by itself, where nobody can be asked for its record. */
export function vouchedInfo(claims: SessionClaims, now: number): SessionTokenInfo {
  const { id, username, generation } = claims;
  const { issuedAt, expiresAt, authenticatedAt } = claims.times!;
  const times = { createdAt: issuedAt, issuedAt, lastAccessed: now, expiresAt, authenticatedAt };
  return sessionInfo({ id, username: username!, generation, ...times }, claims);
}

/** What a valid API token says. */
export function apiTokenInfo(
  { type, jti, username, times, datasets, issuer, audience }: ApiTokenClaims,
  record: Pick<ApiTokenRecord, 'expiresAt' | 'lastAccessed' | 'label'>,
  now: number,
): ApiTokenInfo {
  return Object.freeze({
    username,
    type,
    jti,
    issuedAt: new Date(times.issuedAt),
    createdAt: new Date(times.issuedAt),
    lastAccessed: new Date(record.lastAccessed ?? now),
    expiresAt: new Date(Math.min(times.expiresAt, record.expiresAt)),
    issuer,
    audience,
    ...(record.label !== undefined && { label: record.label }),
    ...(datasets && { datasets }),
  });
}

/** What login and refresh hand out. */
export function sessionTokens(
  record: SessionRecord,
  { accessToken, refreshToken }: { readonly accessToken: string; readonly refreshToken?: string },
  now: number,
  { reused = false, evicted = [] }: Partial<Pick<SessionTokens, 'reused' | 'evicted'>>,
): SessionTokens {
  // In the order of the type, and not spread together, which would make an object for each that may be missing.
  const tokens = { accessToken } as Writable<SessionTokens>;
  if (refreshToken !== undefined) tokens.refreshToken = refreshToken;
  tokens.tokenType = 'Bearer';
  tokens.sessionId = record.id;
  tokens.expiresIn = Math.max(0, Math.floor((record.expiresAt - now) / SECOND));
  tokens.expiresAt = new Date(record.expiresAt);
  if (record.refreshExpiresAt !== undefined) tokens.refreshExpiresAt = new Date(record.refreshExpiresAt);
  if (record.slideBy !== undefined) tokens.sliding = slidingOf(record);
  tokens.reused = reused;
  tokens.evicted = evicted;
  return Object.freeze(tokens);
}

function slidingOf({ endsAt }: SessionRecord): NonNullable<SessionTokens['sliding']> {
  return Object.freeze({ ...(endsAt !== undefined && { until: new Date(endsAt) }) });
}

/** One line of a user's list of sessions. */
export function listedSession(record: SessionRecord, now: number): ListedSession {
  return {
    sessionId: record.id,
    createdAt: new Date(record.createdAt),
    authenticatedAt: new Date(record.authenticatedAt ?? record.createdAt),
    issuedAt: new Date(record.issuedAt),
    lastAccessed: new Date(record.lastAccessed),
    expiresAt: new Date(record.expiresAt),
    ...(record.refreshExpiresAt !== undefined && { refreshExpiresAt: new Date(record.refreshExpiresAt) }),
    active: isActive(record, now),
    ...(record.details !== undefined && { details: record.details }),
  };
}
