import { describe, expect, it, jest } from '@jest/globals';
import { inspect } from 'node:util';
import { isRefusal, isSessionError } from '../../src/core/error-brand.js';
import * as errors from '../../src/core/errors.js';
import { SessionStore } from '../../src/core/session-store.js';

/** The same modules a second time, as a process has them that holds two copies of the package. */
jest.resetModules();
const copy = await import('../../src/core/errors.js');

const concrete = Object.keys(errors).filter(
  (name) => !['SessionError', 'SessionValidationError'].includes(name),
) as 'InvalidTokenError'[];

describe.each(concrete)('%s', (name) => {
  it('is an error of this library, whichever copy of the package made it', () => {
    const [own, other] = [new errors[name]('message'), new copy[name]('message')];
    expect(other).not.toBeInstanceOf(errors.SessionError);
    expect(isSessionError(own)).toBe(true);
    expect(isSessionError(other)).toBe(true);
  });

  it('is a refusal exactly if it is a SessionValidationError, whichever copy made it', () => {
    const own = new errors[name]('message');
    expect(isRefusal(own)).toBe(own instanceof errors.SessionValidationError);
    expect(isRefusal(new copy[name]('message'))).toBe(isRefusal(own));
  });

  it('is of its own classes as any error is, and shows no brand', () => {
    const own = new errors[name]('message');
    expect(own).toBeInstanceOf(errors[name]);
    expect(own).toBeInstanceOf(errors.SessionError);
    expect(Reflect.ownKeys(own).filter((key) => typeof key === 'symbol')).toEqual([]);
    expect(inspect(own)).not.toContain('nestjs-session-manager');
  });
});

describe('isSessionError', () => {
  it('knows an error that an application derives from ours', () => {
    class QuotaError extends errors.SessionError {
      readonly code = 'QUOTA';
    }
    expect(isSessionError(new QuotaError('message'))).toBe(true);
    expect(isRefusal(new QuotaError('message'))).toBe(false);
  });

  it.each([undefined, null, 'INVALID_TOKEN', 5, {}, new Error('x'), { code: 'INVALID_TOKEN' }, SessionStore])(
    'says no to %p, and never throws',
    (value) => {
      expect(isSessionError(value)).toBe(false);
      expect(isRefusal(value)).toBe(false);
    },
  );
});
