import { describe, expect, it } from '@jest/globals';
import { inspect } from 'node:util';
import * as errors from '../../src/core/errors.js';

type Concrete = new (message: string, options?: ErrorOptions & { sessionId?: string }) => errors.SessionError;

const ABSTRACT = ['SessionError', 'SessionValidationError'];
const concrete = Object.entries(errors).filter(([name]) => !ABSTRACT.includes(name)) as unknown as [
  string,
  Concrete,
][];

/** 401 whatever the reason. */
const VALIDATION = [
  'MissingTokenError',
  'InvalidTokenError',
  'InvalidTokenProcessingError',
  'SessionExpiredError',
  'WrongTokenTypeError',
  'AccessTokenNotFoundError',
  'RefreshTokenNotFoundError',
  'RefreshTokenReuseError',
];
/** Everything else: never a 401. */
const OTHERS = [
  'InvalidInputError',
  'InvalidExpirationError',
  'InsufficientScopeError',
  'UnsupportedOperationError',
  'SessionStoreUnavailableError',
  'SessionConfigurationError',
];

describe('errors', () => {
  it('are the ones that the contract names', () => {
    expect(Object.keys(errors).sort()).toEqual([...ABSTRACT, ...VALIDATION, ...OTHERS].sort());
  });

  it.each(concrete)('%s has its name without Error in UPPER_SNAKE as its code', (name, Class) => {
    const upperSnake = name
      .replace(/Error$/, '')
      .replace(/(?<=[a-z])(?=[A-Z])/g, '_')
      .toUpperCase();
    expect(new Class('m').code).toBe(upperSnake);
  });

  it.each(concrete)('%s is a SessionError and an Error that says its own name', (name, Class) => {
    const error = new Class('what went wrong');
    expect(error).toBeInstanceOf(errors.SessionError);
    expect(error).toBeInstanceOf(Error);
    expect(error.name).toBe(name);
    expect(error.message).toBe('what went wrong');
    expect(String(error)).toBe(`${name}: what went wrong`);
  });

  it.each(concrete)('%s keeps its cause, and has none unasked', (_, Class) => {
    const cause = new TypeError('below');
    expect(new Class('m', { cause }).cause).toBe(cause);
    expect('cause' in new Class('m')).toBe(false);
  });

  it.each(concrete)(
    '%s is a SessionValidationError exactly if it is about the token presented',
    (name, Class) => {
      expect(new Class('m') instanceof errors.SessionValidationError).toBe(VALIDATION.includes(name));
    },
  );

  it('have a code each', () => {
    expect(new Set(concrete.map(([, Class]) => new Class('m').code)).size).toBe(concrete.length);
  });

  it('tell a reused refresh token as one that is not found', () => {
    expect(new errors.RefreshTokenReuseError('m')).toBeInstanceOf(errors.RefreshTokenNotFoundError);
    expect(new errors.RefreshTokenNotFoundError('m')).not.toBeInstanceOf(errors.RefreshTokenReuseError);
  });

  it('tell a broken store apart from a bad token', () => {
    expect(new errors.SessionStoreUnavailableError('m')).not.toBeInstanceOf(errors.SessionValidationError);
  });

  it('name the session where one is proven, and otherwise have no such member', () => {
    expect(new errors.SessionExpiredError('m', { sessionId: 's1' }).sessionId).toBe('s1');
    const without = new errors.SessionExpiredError('m', { cause: 1 });
    expect(Object.keys(without)).not.toContain('sessionId');
    expect(inspect(without)).not.toContain('sessionId');
  });
});
