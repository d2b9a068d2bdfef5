import { InvalidInputError } from '../../core/errors.js';
import { isFurtherMember, type ActiveRecord, type SessionRecord } from '../../core/session.js';
import { SECOND } from '../../util/clock.js';
import { userKey } from './keys.js';
import { DIGITS, ERA_AT, MOST, NUMBERS, NUMBERS_AT } from './session-places.js';

/**
 * A session as one string, since a hash costs the server twice the time of an access, and more memory:
 *
 *     1                       the version of this form; a string that begins with x is no session, but why one is gone
 *     twelve numbers          eight hexadecimal digits each, whole seconds, 0 for none: see NUMBERS
 *     user                    22 characters, the owner as keys have it
 *     era, a space, attempt, LF
 *     username, LF
 *     further members, LF     as JSON, or nothing
 *     details                 as JSON, or nothing
 *
 * The first number is the one that each access writes anew. Scripts change members of JSON without reading their
 * values: before each name and each value stands a TAB, which JSON allows there and never has inside a text; in claims,
 * which are a value themselves, a CR.
 */
const VERSION = '1';

/** Before each name and value of a JSON text, so that scripts find them. */
const MEMBER = '\t';
const MEMBER_OF_CLAIMS = '\r';

/** A session's text, in two parts between which the script that creates it puts the era. */
export function sessionText(record: SessionRecord): readonly [head: string, rest: string] {
  const { username, attempt = '', details } = record;
  checkLine('username', username);
  checkLine('attempt', attempt);
  const numbers = NUMBERS.map((name) => digits(name, record[name])).join('');
  const further = jsonOf(furtherOf(record));
  return [
    `${VERSION}${numbers}${userKey(username)}`,
    ` ${attempt}\n${username}\n${further}\n${jsonOf(Object.entries(details ?? {}))}`,
  ];
}

/** The record of that text. */
export function sessionOf(id: string, text: string): SessionRecord {
  const [attempt, username, further, details] = linesOf(text);
  return {
    ...recordOf(id, username!, text, further!),
    attempt: attempt === '' ? undefined : attempt,
    details: details === '' ? undefined : (JSON.parse(details!) as SessionRecord['details']),
  };
}

/** The record of a text that lacks the details. */
export function activeSessionOf(id: string, text: string): ActiveRecord {
  const [, username, further] = linesOf(text);
  return recordOf(id, username!, text, further!);
}

/** A time or duration as scripts take it: whole seconds, 0 for none. */
export function inSeconds(time: number | undefined): number {
  return time === undefined ? 0 : Math.min(Math.max(0, Math.floor(time / SECOND)), MOST);
}

/** The further members of a record or a rotation: name and value as JSON in turn, nothing for a value that is `undefined`. */
export function furtherMembers(given: object): string[] {
  return furtherOf(given).flatMap(([name, value]) => [JSON.stringify(name), valueText(name, value)]);
}

/** Members that are to change: name and value as JSON in turn, nothing for a value that is `null`. */
export function changedMembers(changes: object = {}): string[] {
  return Object.entries(changes).flatMap(([name, value]: [string, unknown]) => [
    JSON.stringify(name),
    value === null ? '' : JSON.stringify(value),
  ]);
}

function recordOf(id: string, username: string, text: string, further: string): ActiveRecord {
  const [
    lastAccessed,
    generation,
    createdAt,
    issuedAt,
    expiresAt,
    activeUntil,
    refreshExpiresAt,
    renewableUntil,
    previousUntil,
    endsAt,
    idleTimeout,
    slideBy,
  ] = NUMBERS.map((_, place) => numberAt(text, NUMBERS_AT + place * DIGITS));
  const record: ActiveRecord = {
    id,
    username,
    generation: generation!,
    createdAt: createdAt! * SECOND,
    issuedAt: issuedAt! * SECOND,
    lastAccessed: lastAccessed! * SECOND,
    expiresAt: expiresAt! * SECOND,
    activeUntil: activeUntil! * SECOND,
    refreshExpiresAt: milliseconds(refreshExpiresAt),
    renewableUntil: renewableUntil! * SECOND,
    previousUntil: milliseconds(previousUntil),
    endsAt: milliseconds(endsAt),
    idleTimeout: milliseconds(idleTimeout),
    slideBy: milliseconds(slideBy),
  };
  return further === '' ? record : Object.assign(record, JSON.parse(further) as object);
}

/** What stands behind the era, line by line; a text of details has no LF. */
function linesOf(text: string): string[] {
  return text.slice(text.indexOf(' ', ERA_AT) + 1).split('\n');
}

/** The members without a place of their own: those that few have, and those that a later version has added. */
function furtherOf(given: object): [string, unknown][] {
  return Object.entries(given).filter(([name]) => isFurtherMember(name));
}

function jsonOf(members: readonly [string, unknown][], mark = MEMBER): string {
  const there = members.filter(([, value]) => value !== undefined);
  if (there.length === 0) return '';
  return `{${there.map(([name, value]) => `${mark}${JSON.stringify(name)}:${mark}${valueText(name, value)}`).join(',')}}`;
}

function valueText(name: string, value: unknown): string {
  if (value === undefined) return '';
  const isClaims = name === 'claims' && typeof value === 'object' && value !== null;
  return isClaims ? jsonOf(Object.entries(value), MEMBER_OF_CLAIMS) || '{}' : JSON.stringify(value);
}

function digits(name: (typeof NUMBERS)[number], value: number | undefined): string {
  const number = name === 'generation' ? value : inSeconds(value);
  return number!.toString(16).padStart(DIGITS, '0');
}

function numberAt(text: string, at: number): number {
  return Number.parseInt(text.slice(at, at + DIGITS), 16);
}

function milliseconds(seconds: number | undefined): number | undefined {
  return seconds === 0 ? undefined : seconds! * SECOND;
}

/** A line break would begin the next line; managers let none come here. */
function checkLine(name: string, value: string): void {
  if (value.includes('\n')) throw new InvalidInputError(`${name}: expected no line break`);
}
