import type { ApiTokenStore } from '../core/api-token-store.js';
import { nearestName, strangersIn } from '../core/given.js';
import { isLimit } from '../core/session-policy.js';
import type { OnLimit, OnUserLimit, SessionStore } from '../core/session-store.js';
import { isPlainText, printable } from '../core/text.js';
import { isKeySetUri } from '../tokens/jws/remote-key-set.js';
import { describeSecretKey, EXPECTED_SECRET_KEY, isSecretKey } from '../tokens/secret-key.js';
import { keepsTo, type OptionRule } from './option-rule.js';

/** Ten years: beyond it a time-out is a mistake in the unit. */
const MAX_SECONDS = 315_360_000;
const ON_LIMIT: readonly unknown[] = ['reject', 'evict-oldest'] satisfies OnLimit[];
const ON_USER_LIMIT: readonly unknown[] = ['reject', 'evict-oldest', 'evict-idle'] satisfies OnUserLimit[];

/** A whole number of seconds. */
export const IsSeconds = (min: number, max = MAX_SECONDS) =>
  check(
    `a whole number of seconds from ${min} to ${max}`,
    (value) => Number.isInteger(value) && (value as number) >= min && (value as number) <= max,
  );

/** A count of sessions. */
export const IsLimit = () => check('a whole number from 1, or Infinity', isLimit);

/** A count of sessions for every user, or a function that tells it for each. */
export const IsUserLimit = () =>
  check(
    'a whole number from 1, Infinity, or a function of the username',
    (value) => typeof value === 'function' || isLimit(value),
  );

/** What happens at a limit, for both or for each. */
export const IsOnLimit = () =>
  keepsTo({
    expected: `${listed(ON_USER_LIMIT)}, or { all?: ${listed(ON_LIMIT)}, user?: ${listed(ON_USER_LIMIT)} }`,
    ...eitherOr((value) => ON_USER_LIMIT.includes(value), {
      all: (action) => ON_LIMIT.includes(action),
      user: (action) => ON_USER_LIMIT.includes(action),
    }),
  });

export const IsText = (max = 256) =>
  check(`1 to ${max} characters without control characters`, (value) => isPlainText(value, max));

export const IsOneOf = (...values: readonly unknown[]) =>
  check(listed(values), (value) => values.includes(value));

export const IsSecretKey = () =>
  keepsTo({ expected: EXPECTED_SECRET_KEY, holds: isSecretKey, describe: describeSecretKey });

/** Whose members are judged by whoever reads them. */
export const IsObject = (expected: string) => check(expected, isObject);

export const IsKeySetUri = () =>
  check('an https URL without a password, or http on a loopback address', isKeySetUri);

export const IsFunction = () => check('a function', (value) => typeof value === 'function');

export const IsSessionStore = () => keepsTo({ expected: 'a SessionStore', ...hasVerbs(SESSION_STORE_VERBS) });

export const IsApiTokenStore = () =>
  keepsTo({ expected: 'an ApiTokenStore', ...hasVerbs(API_TOKEN_STORE_VERBS) });

export const IsLogger = () =>
  check('a logger with debug, log, warn and error', (value) =>
    ['debug', 'log', 'warn', 'error'].every(
      (level) => typeof (value as Record<string, unknown> | null)?.[level] === 'function',
    ),
  );

export const IsCleanup = () =>
  keepsTo({
    expected: 'false or { cron?, timeZone? }',
    ...eitherOr((value) => value === false, { cron: isShortText, timeZone: isShortText }),
  });

/** The methods of a port that every store has, own or inherited. */
type Verb<Store> = {
  [K in keyof Store]-?: Store[K] extends (...args: never[]) => unknown ? K : never;
}[keyof Store];

/** A store is what has the verbs: its class may be another copy's of the package, or of another realm. */
const SESSION_STORE_VERBS = Object.keys({
  create: true,
  access: true,
  rotate: true,
  find: true,
  revoke: true,
  revokeByUser: true,
  listByUser: true,
  count: true,
  sweepExpired: true,
  absence: true,
  clockCorrected: true,
  ping: true,
  close: true,
} satisfies Record<Verb<SessionStore>, true>);

const API_TOKEN_STORE_VERBS = Object.keys({
  put: true,
  access: true,
  revoke: true,
  revokeByUser: true,
  listByUser: true,
  sweepExpired: true,
  ping: true,
  close: true,
} satisfies Record<Verb<ApiTokenStore>, true>);

function hasVerbs(verbs: readonly string[]): Pick<OptionRule, 'holds' | 'hint'> {
  const missing = (value: object) =>
    verbs.filter((verb) => typeof (value as Record<string, unknown>)[verb] !== 'function');
  return {
    holds: (value) => isObject(value) && missing(value).length === 0,
    // What has none of them is no store at all, and its sentence needs no list.
    hint: (value) =>
      isObject(value) && missing(value).length < verbs.length ? ` (no ${missing(value).join(', no ')})` : '',
  };
}

/** One of some plain values, or an object with none but these members, each of which may be left out. */
function eitherOr(
  isPlain: (value: unknown) => boolean,
  members: Readonly<Record<string, (value: unknown) => boolean>>,
): Pick<OptionRule, 'holds' | 'hint'> {
  const names = new Set(Object.keys(members));
  const member = (value: object, name: string) => (value as Record<string, unknown>)[name];
  return {
    holds: (value) =>
      isPlain(value) ||
      (isObject(value) &&
        strangersIn(value, names).length === 0 &&
        Object.entries(members).every(
          ([name, holds]) => member(value, name) === undefined || holds(member(value, name)),
        )),
    hint: (value) => {
      if (!isObject(value) || Array.isArray(value)) return '';
      const [stranger] = strangersIn(value, names);
      const meant = stranger === undefined ? undefined : nearestName(stranger, names);
      if (meant !== undefined) return ` (${printable(stranger!)}: did you mean ${meant}?)`;
      const empty = [...names].find((name) => member(value, name) === null);
      return empty === undefined ? '' : ` (${empty} is null: leave it out)`;
    },
  };
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function isShortText(value: unknown): boolean {
  return isPlainText(value, 256);
}

function listed(values: readonly unknown[]): string {
  return values.map((value) => JSON.stringify(value)).join(' or ');
}

function check(expected: string, holds: (value: unknown) => boolean): PropertyDecorator {
  return keepsTo({ expected, holds });
}
