import type { ApiTokenStore } from '../core/api-token-store.js';
import { nearestName, strangersIn } from '../util/given.js';
import { isLimit } from '../core/session-policy.js';
import type { OnLimit, OnUserLimit, SessionStore } from '../core/session-store.js';
import type { SessionTransport } from '../core/session-transport.js';
import { describeValue, isPlainText, printable } from '../util/text.js';
import { isKeySetUri } from '../tokens/jws/remote-key-set.js';
import { describeSecretKey, EXPECTED_SECRET_KEY, isSecretKey } from '../tokens/keys/secret-key.js';
import { CHECK_NAMES } from './boot-checks.js';
import { keepsTo, type OptionRule } from './option-rule.js';

/** Ten years: beyond it a time-out is a mistake in the unit. */
const MAX_SECONDS = 315_360_000;
const ON_LIMIT: readonly unknown[] = ['reject', 'evict-oldest'] satisfies OnLimit[];
const ON_USER_LIMIT: readonly unknown[] = ['reject', 'evict-oldest', 'evict-idle'] satisfies OnUserLimit[];

/** A whole number of seconds. */
export const IsSeconds = (min: number, max = MAX_SECONDS) =>
  check(secondsFrom(min, max), (value) => isWholeFrom(min, max, value));

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

/** Any object: its members are checked where they are read. */
export const IsObject = (expected: string) => check(expected, isObject);

export const IsKeySetUri = () =>
  check('an https URL without a password, or http on a loopback address', isKeySetUri);

export const IsFunction = () => check('a function', (value) => typeof value === 'function');

export const IsSessionStore = () => keepsTo({ expected: 'a SessionStore', ...hasMembers(SESSION_STORE) });

export const IsApiTokenStore = () =>
  keepsTo({ expected: 'an ApiTokenStore', ...hasMembers(API_TOKEN_STORE) });

/** One, or several that are asked in order. */
export const IsTransport = () => {
  const one = hasMembers(TRANSPORT);
  return keepsTo({
    expected: 'a SessionTransport, or an array of them',
    holds: (value) => (Array.isArray(value) ? value.length > 0 && value.every(one.holds) : one.holds(value)),
    hint: (value) => {
      if (!Array.isArray(value)) return one.hint!(value);
      const wrong = value.findIndex((member) => !one.holds(member));
      return wrong < 0 ? '' : ` ([${wrong}] is ${describeValue(value[wrong])}${one.hint!(value[wrong])})`;
    },
  });
};

/** What cookies are called, less their prefix. */
export const IsCookieName = () =>
  check(
    '1 to 64 letters, digits, - and _ that do not begin with __',
    (value) => typeof value === 'string' && /^(?!__)[\w-]{1,64}$/.test(value),
  );

/** What a cookie's `Path` can say (RFC 3986 §3.3), and browsers do not leave out as too long. */
export const IsCookiePath = () =>
  check(
    'a path of at most 256 characters that begins with /, without ; ? or #',
    (value) => typeof value === 'string' && /^\/[\w\-.~!$&'()*+,=:@%/]{0,255}$/.test(value),
  );

/** Origins as browsers send them, each in its one spelling. */
export const IsOrigins = () =>
  keepsTo({
    expected: 'an array of origins such as "https://app.example.com"',
    holds: (value) => Array.isArray(value) && value.every(isOrigin),
    hint: (value) => {
      const wrong = Array.isArray(value) ? value.findIndex((entry) => !isOrigin(entry)) : -1;
      return wrong < 0 ? '' : ` (${shownEntry((value as unknown[])[wrong])} is none)`;
    },
  });

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

export const IsConnections = () =>
  keepsTo({
    expected: `false or { recheck?, maxUnknown? }, each ${secondsFrom(1, 3600)}`,
    ...eitherOr((value) => value === false, { recheck: isUpToAnHour, maxUnknown: isUpToAnHour }),
  });

export const IsChecks = () => {
  const shape = eitherOr(() => false, {
    level: (level) => ['refuse', 'warn', false].includes(level as string),
    except: (names) => Array.isArray(names) && names.every(isCheckName),
  });
  return keepsTo({
    expected: '{ level?: "refuse" or "warn" or false, except?: names of checks }',
    holds: shape.holds,
    hint: (value) => {
      const { except } = (value ?? {}) as { readonly except?: unknown };
      const wrong = Array.isArray(except) ? except.findIndex((name) => !isCheckName(name)) : -1;
      return wrong < 0 ? shape.hint!(value) : ` (${unknownCheck((except as unknown[])[wrong])})`;
    },
  });
};

/** The methods of a port that every implementation has, of its own or inherited. */
type Verbs<Port> = {
  [K in keyof Port as Port[K] extends (...args: never[]) => unknown ? K : never]-?: 'function';
};

// A store or a transport is known by its members, not by `instanceof`: its class may be that of another copy of the
// package, or of another realm.

const SESSION_STORE: Verbs<SessionStore> = {
  create: 'function',
  access: 'function',
  rotate: 'function',
  amend: 'function',
  find: 'function',
  revoke: 'function',
  revokeByUser: 'function',
  revokeAll: 'function',
  browse: 'function',
  listByUser: 'function',
  count: 'function',
  sweepExpired: 'function',
  absence: 'function',
  clockCorrected: 'function',
  ping: 'function',
  close: 'function',
};

const API_TOKEN_STORE: Verbs<ApiTokenStore> = {
  put: 'function',
  access: 'function',
  revoke: 'function',
  revokeByUser: 'function',
  revokeAll: 'function',
  browse: 'function',
  listByUser: 'function',
  sweepExpired: 'function',
  ping: 'function',
  close: 'function',
};

const TRANSPORT: Verbs<SessionTransport> & { readonly carriesTokens: 'boolean' } = {
  read: 'function',
  check: 'function',
  write: 'function',
  clear: 'function',
  carriesTokens: 'boolean',
};

function hasMembers(
  types: Readonly<Record<string, 'function' | 'boolean'>>,
): Pick<OptionRule, 'holds' | 'hint'> {
  const names = Object.keys(types);
  const missing = (value: object) =>
    names.filter((name) => typeof (value as Record<string, unknown>)[name] !== types[name]);
  return {
    holds: (value) => isObject(value) && missing(value).length === 0,
    // An object with none of them is something else altogether, and a list of all would explain nothing.
    hint: (value) =>
      isObject(value) && missing(value).length < names.length ? ` (no ${missing(value).join(', no ')})` : '',
  };
}

/** Either a plain value that will do, or an object with these members and no others; each may be left out. */
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

function isCheckName(name: unknown): boolean {
  return (CHECK_NAMES as readonly unknown[]).includes(name);
}

function unknownCheck(name: unknown): string {
  if (typeof name !== 'string') return `${describeValue(name)} is no name`;
  const meant = nearestName(name, CHECK_NAMES);
  return `no check is named "${printable(name)}"${meant === undefined ? '' : `: did you mean ${meant}?`}`;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** Not `null`, and no wildcard; what a browser would spell otherwise would never be met. */
function isOrigin(value: unknown): boolean {
  if (typeof value !== 'string' || !/^https?:\/\/[^*]+$/.test(value)) return false;
  return URL.canParse(value) && new URL(value).origin === value;
}

/** An entry is shown as it was given, unless it may hold a password. */
function shownEntry(entry: unknown): string {
  if (typeof entry !== 'string' || entry.includes('@')) return describeValue(entry);
  return `"${printable(entry)}"`;
}

function secondsFrom(min: number, max: number): string {
  return `a whole number of seconds from ${min} to ${max}`;
}

function isWholeFrom(min: number, max: number, value: unknown): boolean {
  return Number.isInteger(value) && (value as number) >= min && (value as number) <= max;
}

function isUpToAnHour(value: unknown): boolean {
  return isWholeFrom(1, 3600, value);
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
