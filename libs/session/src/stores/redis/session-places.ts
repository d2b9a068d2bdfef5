import type { SessionRecord } from '../../core/session.js';

/** Of a session's text (`session-text.ts`): which numbers it begins with, in their order. */
export const NUMBERS = [
  'lastAccessed',
  'generation',
  'createdAt',
  'issuedAt',
  'expiresAt',
  'activeUntil',
  'refreshExpiresAt',
  'renewableUntil',
  'previousUntil',
  'endsAt',
  'idleTimeout',
  'slideBy',
] as const satisfies readonly (keyof SessionRecord)[];

type NumberName = (typeof NUMBERS)[number];

/** Of each number, hexadecimal: two fifths shorter than decimal ones would make the text. */
export const DIGITS = 8;
/** The latest second that they can tell, in the year 2106. */
export const MOST = 0xffff_ffff;
/** A number that is not there. */
export const NONE = '0'.repeat(DIGITS);
/** Behind the version. */
export const NUMBERS_AT = 1;
const USER_AT = NUMBERS_AT + NUMBERS.length * DIGITS;
/** Behind the owner as keys have it. */
export const ERA_AT = USER_AT + 22;

/** The same for scripts, where the first character has the number 1. */
export const LUA_ERA_AT = ERA_AT + 1;
/** Where the owner stands, for `string.sub`. */
export const LUA_USER = `${USER_AT + 1}, ${ERA_AT}`;

/** Where these numbers stand, for `string.sub`: from the first of them to the last. */
export function luaPlace(first: NumberName, last = first): string {
  const end = NUMBERS_AT + (NUMBERS.indexOf(last) + 1) * DIGITS;
  return `${NUMBERS_AT + NUMBERS.indexOf(first) * DIGITS + 1}, ${end}`;
}

/** That number of the local `text`. */
export function luaNumber(name: NumberName): string {
  return `tonumber(string.sub(text, ${luaPlace(name)}), 16)`;
}

/** A number as the text has it, for `string.format`. */
export const LUA_DIGITS = `%0${DIGITS}x`;
