import { registerDecorator, type ValidationOptions } from 'class-validator';
import { ApiTokenStore } from '../core/api-token-store.js';
import { isLimit } from '../core/session-policy.js';
import { SessionStore, type OnLimit, type OnUserLimit } from '../core/session-store.js';
import { isPlainText } from '../core/text.js';
import { isKeySetUri } from '../tokens/jws/remote-key-set.js';
import { EXPECTED_SECRET_KEY, isSecretKey } from '../tokens/secret-key.js';

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
  check(
    `${listed(ON_USER_LIMIT)}, or { all?: ${listed(ON_LIMIT)}, user?: ${listed(ON_USER_LIMIT)} }`,
    (value) =>
      ON_USER_LIMIT.includes(value) ||
      (typeof value === 'object' &&
        value !== null &&
        Object.entries(value).every(
          ([scope, action]) =>
            action === undefined ||
            (scope === 'all' && ON_LIMIT.includes(action)) ||
            (scope === 'user' && ON_USER_LIMIT.includes(action)),
        )),
  );

export const IsText = (max = 256) =>
  check(`1 to ${max} characters without control characters`, (value) => isPlainText(value, max));

export const IsOneOf = (...values: readonly unknown[]) =>
  check(listed(values), (value) => values.includes(value));

export const IsSecretKey = () => check(EXPECTED_SECRET_KEY, isSecretKey);

/** Whose members are judged by whoever reads them. */
export const IsObject = (expected: string) =>
  check(expected, (value) => typeof value === 'object' && value !== null);

export const IsKeySetUri = () =>
  check('an https URL without a password, or http on a loopback address', isKeySetUri);

export const IsFunction = () => check('a function', (value) => typeof value === 'function');

export const IsSessionStore = () => check('a SessionStore', (value) => value instanceof SessionStore);

export const IsApiTokenStore = () => check('an ApiTokenStore', (value) => value instanceof ApiTokenStore);

export const IsLogger = () =>
  check('a logger with debug, log, warn and error', (value) =>
    ['debug', 'log', 'warn', 'error'].every(
      (level) => typeof (value as Record<string, unknown> | null)?.[level] === 'function',
    ),
  );

export const IsCleanup = () =>
  check(
    'false or { cron, timeZone? }',
    (value) =>
      value === false ||
      (typeof value === 'object' &&
        value !== null &&
        Object.entries(value).every(
          ([name, text]) => (name === 'cron' || name === 'timeZone') && isPlainText(text, 256),
        )),
  );

function listed(values: readonly unknown[]): string {
  return values.map((value) => JSON.stringify(value)).join(' or ');
}

/** A property decorator whose message is what was expected; what came is added by whoever reports it. */
function check(expected: string, holds: (value: unknown) => boolean): PropertyDecorator {
  const options: ValidationOptions = { message: expected };
  return (prototype, propertyName) =>
    registerDecorator({
      name: 'sessionOption',
      target: prototype.constructor,
      propertyName: propertyName as string,
      options,
      validator: { validate: holds },
    });
}
