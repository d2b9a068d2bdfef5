import type { DatasetPermissions } from './datasets.js';
import { InvalidExpirationError } from './errors.js';
import { ceilToSecond, floorToSecond } from './expiry.js';
import { SECOND } from '../util/clock.js';
import { timeOf } from '../util/other-realms.js';
import { describeValue } from '../util/text.js';

/**
 * When an API token expires: in so many whole seconds, or at a moment (ISO 8601 with a zone, or a `Date`).
 * `token_exp` of the specification.
 */
export type ApiTokenExpiration = number | string | Date;

/** What an API token is asked to be. */
export interface ApiTokenOptions {
  /** Default: 3600, one hour. A moment is rounded down to its second. At most ten years away. */
  readonly expiration?: ApiTokenExpiration;
  /** The rights by dataset; omitted means unrestricted, `{}` means none. */
  readonly datasets?: DatasetPermissions;
  /** For the user's list; 1 to 256 characters. */
  readonly label?: string;
}

/** A new API token. */
export interface CreatedApiToken {
  /** Handed out this once; nothing keeps it. */
  readonly token: string;
  /** Names it in lists and in `invalidateApiToken`; no credential. */
  readonly jti: string;
  /** From then on it is not valid. */
  readonly expiresAt: Date;
}

/** One line of a user's list of API tokens; holds nothing that logs in. */
export interface ListedApiToken {
  /** Names it in `invalidateApiToken`; no credential. */
  readonly jti: string;
  /** As it was created with. */
  readonly label?: string;
  /** When it was issued, to the second. */
  readonly createdAt: Date;
  /** When it was last used, to the second; absent if never, as far as this process knows. */
  readonly lastAccessed?: Date;
  /** From then on it is not valid. */
  readonly expiresAt: Date;
}

const DEFAULT_SECONDS = 3600;
const MAX_SECONDS = 10 * 365 * 24 * 3600;
/** ISO 8601 as RFC 3339 profiles it: a calendar date, a time, and a zone, which is never guessed. */
const ISO_WITH_ZONE = /^(\d{4}-\d{2}-\d{2})T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:?\d{2})$/i;

/**
 * When a token asked for now expires, as epoch milliseconds on a whole second.
 *
 * @throws InvalidExpirationError for anything that is not a moment after now and at most ten years away.
 */
export function resolveExpiration(expiration: unknown, now: number): number {
  const expiresAt =
    typeof expiration === 'number' || expiration === undefined
      ? ceilToSecond(now) + wholeSeconds(expiration ?? DEFAULT_SECONDS) * SECOND
      : floorToSecond(moment(expiration));
  if (expiresAt <= now)
    throw new InvalidExpirationError('expiration: expected a moment in the future, got a past one');
  if (expiresAt > ceilToSecond(now) + MAX_SECONDS * SECOND) {
    throw new InvalidExpirationError('expiration: expected at most ten years from now, got more');
  }
  return expiresAt;
}

function wholeSeconds(seconds: number): number {
  if (Number.isSafeInteger(seconds) && seconds > 0) return seconds;
  throw new InvalidExpirationError(`expiration: expected a whole number of seconds from 1, got ${seconds}`);
}

function moment(expiration: unknown): number {
  const time =
    typeof expiration === 'string' ? parseIso(expiration.trim()) : (timeOf(expiration) ?? Number.NaN);
  if (!Number.isNaN(time)) return time;
  throw new InvalidExpirationError(
    `expiration: expected seconds, an ISO 8601 string with a zone, or a Date, got ${describeValue(expiration)}`,
  );
}

function parseIso(text: string): number {
  const day = ISO_WITH_ZONE.exec(text)?.[1];
  if (day === undefined) return Number.NaN;
  // Date.parse takes 30 February for 2 March; a date that does not exist is a mistake, not a moment.
  const midnight = new Date(`${day}T00:00:00Z`);
  if (Number.isNaN(midnight.getTime()) || midnight.toISOString().slice(0, 10) !== day) return Number.NaN;
  return Date.parse(text.toUpperCase());
}
