import type { ApiTokenRecord } from '../../core/api-token-store.js';

/**
 * How the record of an API token is kept, as one string:
 *
 *     0      the version of this form
 *     1–16   lastAccessed     ┐
 *     17–32  issuedAt         │ epoch milliseconds, sixteen digits each; hyphens for none
 *     33–48  expiresAt        ┘
 *     49–70  the owner as keys have it; hyphens for none
 *     71–    the era LF the owner as JSON, or nothing LF the further members as JSON
 *
 * What scripts judge by stands at a fixed place, and an access overwrites sixteen digits.
 */
const VERSION = '1';
const NO_TIME = '-'.repeat(16);
const NOBODY = '-'.repeat(22);

/** A record for a script to put the era into: what goes before it, and what after. */
export interface ApiTokenText {
  readonly head: string;
  readonly tail: string;
}

/** @param owner the record's `username` as keys have it; nothing for none. */
export function formatApiToken(record: ApiTokenRecord, owner: string): ApiTokenText {
  const { jti: _, username, issuedAt, expiresAt, lastAccessed, ...further } = record;
  const times = [lastAccessed, issuedAt, expiresAt].map(digits).join('');
  return {
    head: `${VERSION}${times}${owner || NOBODY}`,
    tail: `\n${formatOwner(username)}\n${JSON.stringify(further)}`,
  };
}

/** A name as it stands in a record: the same one always reads the same, and none is a line of its own. */
export function formatOwner(username: string | undefined): string {
  return username === undefined ? '' : JSON.stringify(username);
}

/** @throws TypeError for what is no record of this form. */
export function parseApiToken(jti: string, text: string): ApiTokenRecord {
  const [head, owner, further] = text.split('\n');
  if (!text.startsWith(VERSION) || further === undefined) {
    throw new TypeError('Redis holds an API token of a form that is not known here');
  }
  const [lastAccessed, issuedAt, expiresAt] = [1, 17, 33].map((at) => time(head!.slice(at, at + 16)));
  return {
    ...(JSON.parse(further) as object),
    jti,
    ...(owner !== '' && { username: JSON.parse(owner!) as string }),
    ...(issuedAt !== undefined && { issuedAt }),
    expiresAt: expiresAt!,
    ...(lastAccessed !== undefined && { lastAccessed }),
  };
}

/** @throws RangeError for a time that sixteen digits do not hold. */
function digits(time: number | undefined): string {
  if (time === undefined) return NO_TIME;
  if (!Number.isSafeInteger(time) || time < 0) throw new RangeError('A time has to be whole milliseconds');
  return String(time).padStart(16, '0');
}

function time(text: string): number | undefined {
  return text === NO_TIME ? undefined : Number(text);
}
