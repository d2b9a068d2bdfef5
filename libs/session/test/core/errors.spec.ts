import { inspect } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import * as errors from '../../src/core/errors.js';
import type { AnySessionError } from '../../src/core/errors.js';

type Concrete = new (message: string, options?: ErrorOptions & { sessionId?: string }) => AnySessionError;

/** Complete by the compiler: a class that is added to the union and not to this table does not compile. */
const CODES = {
  MISSING_TOKEN: errors.MissingTokenError,
  INVALID_TOKEN: errors.InvalidTokenError,
  INVALID_TOKEN_PROCESSING: errors.InvalidTokenProcessingError,
  SESSION_EXPIRED: errors.SessionExpiredError,
  WRONG_TOKEN_TYPE: errors.WrongTokenTypeError,
  ACCESS_TOKEN_NOT_FOUND: errors.AccessTokenNotFoundError,
  REFRESH_TOKEN_NOT_FOUND: errors.RefreshTokenNotFoundError,
  REFRESH_TOKEN_REUSE: errors.RefreshTokenReuseError,
  INVALID_INPUT: errors.InvalidInputError,
  INVALID_EXPIRATION: errors.InvalidExpirationError,
  INSUFFICIENT_SCOPE: errors.InsufficientScopeError,
  CROSS_SITE_REQUEST: errors.CrossSiteRequestError,
  UNSUPPORTED_OPERATION: errors.UnsupportedOperationError,
  SESSION_STORE_UNAVAILABLE: errors.SessionStoreUnavailableError,
  SIGNING_KEYS_UNAVAILABLE: errors.SigningKeysUnavailableError,
  SESSION_CONFIGURATION: errors.SessionConfigurationError,
} satisfies Record<AnySessionError['code'], Concrete>;

const abstractClasses: unknown[] = [errors.SessionError, errors.SessionValidationError];
const concrete = Object.entries(errors as Record<string, unknown>).filter(
  ([, value]) => !abstractClasses.includes(value),
) as [string, Concrete][];

const validation = [
  'MissingTokenError',
  'InvalidTokenError',
  'InvalidTokenProcessingError',
  'SessionExpiredError',
  'WrongTokenTypeError',
  'AccessTokenNotFoundError',
  'RefreshTokenNotFoundError',
  'RefreshTokenReuseError',
];

describe('every concrete error', () => {
  it('is in the union AnySessionError', () => {
    expect(concrete.map(([name]) => name).sort()).toEqual(
      Object.values(CODES)
        .map((type) => type.name)
        .sort(),
    );
  });

  it.each(concrete)('%s has its name without Error in UPPER_SNAKE as its code', (name, Type) => {
    const expected = name
      .replace(/Error$/, '')
      .replace(/(?<=[a-z])(?=[A-Z])/g, '_')
      .toUpperCase();
    const error = new Type('message');
    expect(error.code).toBe(expected);
    expect(CODES[error.code]).toBe(Type);
  });

  it.each(concrete)('%s is an Error, a SessionError and named after its class', (name, Type) => {
    const error = new Type('what happened');
    expect(error).toBeInstanceOf(Error);
    expect(error).toBeInstanceOf(errors.SessionError);
    expect(error).toBeInstanceOf(Type);
    expect(error.name).toBe(name);
    expect(error.message).toBe('what happened');
    expect(error.stack).toContain('what happened');
    expect(String(error)).toBe(`${name}: what happened`);
  });

  it.each(concrete)(
    '%s has a stack exactly if it is no refusal, and leaves that of others alone',
    (_, Type) => {
      const limit = Error.stackTraceLimit;
      const error = new Type('what happened', { cause: new Error('broken') });
      expect(/\n\s+at /.test(error.stack!)).toBe(!(error instanceof errors.SessionValidationError));
      expect((error.cause as Error).stack).toMatch(/\n\s+at /);
      expect(Error.stackTraceLimit).toBe(limit);
    },
  );

  it('makes a refusal where the intrinsics are frozen', () => {
    const before = Object.getOwnPropertyDescriptor(Error, 'stackTraceLimit')!;
    Object.defineProperty(Error, 'stackTraceLimit', { ...before, writable: false });
    try {
      expect(new errors.InvalidTokenError('what happened').message).toBe('what happened');
    } finally {
      Object.defineProperty(Error, 'stackTraceLimit', before);
    }
  });

  it.each(concrete)(
    '%s is a SessionValidationError exactly if it says that a token opens nothing',
    (name, Type) => {
      expect(new Type('message') instanceof errors.SessionValidationError).toBe(validation.includes(name));
    },
  );

  it.each(concrete)('%s keeps its cause, and has none otherwise', (_, Type) => {
    const cause = new Error('underneath');
    expect(new Type('message', { cause }).cause).toBe(cause);
    expect('cause' in new Type('message')).toBe(false);
  });
});

describe('SessionValidationError', () => {
  it('keeps the session that the token named, where one is known', () => {
    const error = new errors.SessionExpiredError('message', { sessionId: 'an-id' });
    expect(error.sessionId).toBe('an-id');
    expect(new errors.SessionExpiredError('message').sessionId).toBeUndefined();
    expect('sessionId' in new errors.SessionExpiredError('message')).toBe(false);
  });

  it('shows its code and its session in a log', () => {
    const shown = inspect(new errors.SessionExpiredError('message', { sessionId: 'an-id' }));
    expect(shown).toContain('SESSION_EXPIRED');
    expect(shown).toContain('an-id');
  });
});

describe('RefreshTokenReuseError', () => {
  it('is a RefreshTokenNotFoundError of its own code', () => {
    const error: errors.RefreshTokenNotFoundError = new errors.RefreshTokenReuseError('message');
    expect(error).toBeInstanceOf(errors.RefreshTokenNotFoundError);
    expect(error.code).toBe('REFRESH_TOKEN_REUSE');
    expect(new errors.RefreshTokenNotFoundError('message').code).toBe('REFRESH_TOKEN_NOT_FOUND');
  });
});
