import { parseDatasets, type DatasetPermissions } from '../../core/datasets.js';
import { SECOND } from '../../util/clock.js';
import { InvalidTokenError } from '../../core/errors.js';
import { isUsername } from '../../core/session.js';
import { isPlainText } from '../../util/text.js';
import type { Writable } from '../../util/writable.js';
import { parseJti, type CarriedTimes, type TokenClaims } from '../../core/token-codec.js';
import { TokenType } from '../../core/token-type.js';

/** The end of time that a `Date` can tell, in seconds. */
const LAST_SECOND = 8_640_000_000_000;
const MAX_JTI_LENGTH = 256;

/**
 * Reads the claims of a token whose signature holds. Every claim that decides something is required and has
 * exactly the type that RFC 7519 §4.1 gives it: a holder of the key who writes tokens otherwise is not followed.
 * Frozen, since they are remembered with the token.
 */
export function readClaims(
  claims: Record<string, unknown>,
  { issuer, audience }: { issuer: string; audience: string },
): TokenClaims {
  if (claims.iss !== issuer) throw new InvalidTokenError('iss is not the issuer expected here');
  if (!isFor(claims.aud, audience)) throw new InvalidTokenError('aud is not the audience expected here');
  const { sub: username, jti } = claims;
  if (!isUsername(username)) throw new InvalidTokenError('sub is not a username');
  if (!isPlainText(jti, MAX_JTI_LENGTH)) throw new InvalidTokenError('jti is not an identifier');
  const times = readTimes(claims);
  const named = parseJti(jti);
  if (claims.type === TokenType.Api) {
    if (named) throw new InvalidTokenError("jti is a session's, type is api");
    const rights = readDatasets(claims.datasets);
    return Object.freeze({ type: TokenType.Api, username, jti, issuer, audience, times, ...rights });
  }
  if (named === undefined || named.type !== claims.type) {
    throw new InvalidTokenError('type and jti do not name a token of a session');
  }
  const { type, id, generation } = named;
  return Object.freeze({ type, id, generation, username, jti, issuer, audience, times });
}

/** RFC 7519 §4.1.3: `aud` is one string or an array of them. */
function isFor(aud: unknown, audience: string): boolean {
  return aud === audience || (Array.isArray(aud) && aud.includes(audience));
}

function readTimes({ exp, iat, nbf, auth_time: authTime }: Record<string, unknown>): CarriedTimes {
  const times: Writable<CarriedTimes> = { issuedAt: readTime('iat', iat), expiresAt: readTime('exp', exp) };
  if (nbf !== undefined) times.notBefore = readTime('nbf', nbf);
  if (authTime !== undefined) times.authenticatedAt = readTime('auth_time', authTime);
  return Object.freeze(times);
}

/** A NumericDate (RFC 7519 §2) as epoch milliseconds. */
function readTime(name: string, value: unknown): number {
  if (typeof value === 'number' && value >= 0 && value <= LAST_SECOND) return value * SECOND;
  throw new InvalidTokenError(`${name} is not a number of seconds`);
}

function readDatasets(claim: unknown): { datasets?: DatasetPermissions } {
  if (claim === undefined) return {};
  const datasets = typeof claim === 'string' ? parseDatasets(claim) : undefined;
  if (datasets === undefined) throw new InvalidTokenError('datasets is not a list of rights');
  return { datasets };
}
