import { InvalidInputError } from '../../core/errors.js';
import type { SessionTokens } from '../../core/session.js';
import { SECOND } from '../../util/clock.js';
import { describeValue } from '../../util/text.js';

/** What browsers keep of one cookie, attributes and all (RFC 6265 §6.1). */
const MAX_BYTES = 4096;
/** The longest that browsers keep one. */
const LONGEST = 400 * 24 * 3600;

/** What a cookie says of itself beside name and value. */
export interface CookieAttributes {
  readonly path: string;
  readonly secure: boolean;
  readonly sameSite: 'lax' | 'strict' | 'none';
  /** Absent where a browser forgets it when it closes. */
  readonly lifetime?: CookieLifetime;
}

interface CookieLifetime {
  readonly seconds: number;
  /** For what does not know `Max-Age`, and does not count by itself. */
  readonly until: Date;
}

/** When a browser forgets a cookie: at once. */
export const FORGOTTEN: CookieLifetime = { seconds: 0, until: new Date(0) };

const SAME_SITE = { lax: 'Lax', strict: 'Strict', none: 'None' } as const;

/**
 * The value of `Set-Cookie`.
 *
 * @throws InvalidInputError if it is longer than browsers keep.
 */
export function setCookie(name: string, value: string, attributes: CookieAttributes): string {
  const { path, secure, sameSite, lifetime } = attributes;
  const cookie = [
    `${name}=${value}`,
    `Path=${path}`,
    'HttpOnly',
    ...(secure ? ['Secure'] : []),
    `SameSite=${SAME_SITE[sameSite]}`,
    ...(lifetime ? [`Max-Age=${lifetime.seconds}`, `Expires=${lifetime.until.toUTCString()}`] : []),
  ].join('; ');
  const bytes = Buffer.byteLength(cookie);
  if (bytes <= MAX_BYTES) return cookie;
  throw new InvalidInputError(`${name}: expected at most ${MAX_BYTES} bytes in a cookie, got ${bytes}`);
}

/**
 * As long as the session can be renewed, and not as its access token: without a cookie an optional route would see a
 * stranger, where a lapsed one is 401 and its client renews. An access that slides the expiry writes no response, so that
 * the cookie has to last from the beginning.
 */
export function lifetimeOf(tokens: SessionTokens): CookieLifetime {
  const { expiresIn, expiresAt, refreshExpiresAt = expiresAt, sliding } = tokens;
  // The tokens were made by the manager's clock, which is not this machine's if the store has one.
  const now = expiresAt.getTime() - expiresIn * SECOND;
  const until = sliding ? (sliding.until ?? new Date(now + LONGEST * SECOND)) : refreshExpiresAt;
  return { seconds: Math.max(0, Math.floor((until.getTime() - now) / SECOND)), until };
}

/**
 * The value of the cookie of exactly that name, as it was sent; an empty one is none. In one pass, however the header is
 * made.
 *
 * @param header what `Cookie` holds.
 * @throws InvalidInputError for two that differ: browsers send both where one was set for another path or host.
 */
export function cookieIn(header: unknown, name: string): string | undefined {
  if (header === undefined) return undefined;
  if (typeof header !== 'string') {
    throw new InvalidInputError(`Cookie: expected a string, got ${describeValue(header)}`);
  }
  let found: string | undefined;
  for (let at = header.indexOf(name); at >= 0; at = header.indexOf(name, at + name.length)) {
    const equals = at + name.length;
    if (header[equals] !== '=' || !beginsPair(header, at)) continue;
    const value = valueFrom(header, equals + 1);
    if (value === '' || value === found) continue;
    if (found !== undefined) throw new InvalidInputError(`Cookie: expected one ${name}, got two that differ`);
    found = value;
  }
  return found;
}

/** Whether nothing but white space stands between here and the pair before. */
function beginsPair(header: string, at: number): boolean {
  let before = at - 1;
  while (before >= 0 && isBlank(header.charCodeAt(before))) before -= 1;
  return before < 0 || header[before] === ';';
}

function valueFrom(header: string, start: number): string {
  const semicolon = header.indexOf(';', start);
  let from = start;
  let to = semicolon < 0 ? header.length : semicolon;
  while (from < to && isBlank(header.charCodeAt(from))) from += 1;
  while (to > from && isBlank(header.charCodeAt(to - 1))) to -= 1;
  return header.slice(from, to);
}

/** A space or a tab. */
function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09;
}
