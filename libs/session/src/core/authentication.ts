import { MINUTE } from '../util/clock.js';
import { timeOf } from '../util/other-realms.js';
import { describeValue } from '../util/text.js';
import { InvalidInputError } from './errors.js';
import { floorToSecond } from './expiry.js';
import type { Authentication, SessionRecord } from './session.js';

const WORD = /^[\w:./-]{1,64}$/;
const MAX_WORDS = 8;

/** The members of a record that tell of it. */
export type CheckedAuthentication = Pick<
  SessionRecord,
  'authenticatedAt' | 'authenticatedIn' | 'acr' | 'amr'
>;

const NOTHING_SAID: CheckedAuthentication = Object.freeze({});

/**
 * The members of a new record that tell how its user proved who they are.
 *
 * @throws InvalidInputError for a moment that is none or still to come, and for what is no word or too many of them.
 */
export function checkAuthentication(given: unknown, now: number): CheckedAuthentication {
  if (given === undefined) return NOTHING_SAID;
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw new InvalidInputError(`authentication: expected an object, got ${describeValue(given)}`);
  }
  const { authenticatedAt, acr, amr } = given as Record<keyof Authentication, unknown>;
  return {
    ...(authenticatedAt !== undefined && {
      authenticatedAt: pastMoment(authenticatedAt, now),
      authenticatedIn: 0,
    }),
    ...(acr !== undefined && { acr: word('acr', acr) }),
    ...(amr !== undefined && { amr: words('amr', amr) }),
  };
}

/** A clock of another machine may be ahead of ours by as much as clocks disagree; that moment is now. */
function pastMoment(given: unknown, now: number): number {
  const time = timeOf(given) ?? Number.NaN;
  if (time >= 0 && time <= now + MINUTE) return floorToSecond(Math.min(time, now));
  const got = Number.isNaN(time) ? describeValue(given) : time > now ? 'one to come' : 'one before 1970';
  throw new InvalidInputError(`authenticatedAt: expected a Date of a past moment, got ${got}`);
}

function word(name: string, given: unknown): string {
  if (typeof given === 'string' && WORD.test(given)) return given;
  throw new InvalidInputError(
    `${name}: expected a word of 1 to 64 letters, digits, "_", ":", ".", "/" and "-", got ${describeValue(given)}`,
  );
}

function words(name: string, given: unknown): readonly string[] {
  if (Array.isArray(given) && given.length <= MAX_WORDS) {
    // Its own `map` would pass over places that are empty.
    return Object.freeze(Array.from(given, (each: unknown) => word(name, each)));
  }
  throw new InvalidInputError(`${name}: expected up to ${MAX_WORDS} words, got ${describeValue(given)}`);
}
