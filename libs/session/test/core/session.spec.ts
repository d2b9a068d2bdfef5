import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { InvalidInputError } from '../../src/core/errors.js';
import { checkDetails, checkLabel, checkUsername, isUsername } from '../../src/core/session.js';
import { failureOf } from '../support/failure.js';

const BAD_NAMES: [string, unknown][] = [
  ['an empty text', ''],
  ['257 characters', 'x'.repeat(257)],
  ['a line feed', 'alice\n'],
  ['NUL', 'alice\u0000'],
  ['DEL', '\u007f'],
  ['a C1 control', 'a\u0085b'],
  ['a lone high surrogate', 'a\ud800'],
  ['a lone low surrogate', '\udc00a'],
  ['a number', 7],
  ['null', null],
  ['an array', ['alice']],
  ['an object', { toString: () => 'alice' }],
  ['a String object', new String('alice')],
];

describe('checkUsername', () => {
  it.each(['a', 'x'.repeat(256), 'zoë@example.org', '山田 太郎', '😀', ' ', '__proto__', 'a;b/c'])(
    'D1 takes %p as it is',
    (name) => {
      expect(checkUsername(name)).toBe(name);
      expect(isUsername(name)).toBe(true);
    },
  );

  it.each([...BAD_NAMES, ['nothing', undefined]] as [string, unknown][])('D1 refuses %s', (_, name) => {
    const error = failureOf(() => checkUsername(name));
    expect(error).toBeInstanceOf(InvalidInputError);
    expect(error.message).toMatch(/^username: expected 1 to 256 characters .*, got /);
    expect(isUsername(name)).toBe(false);
  });

  it('L1 does not repeat a text that it refuses', () => {
    expect(failureOf(() => checkUsername('hunter2\n')).message).not.toContain('hunter2');
  });
});

describe('checkLabel', () => {
  it('takes none, and 1 to 256 characters', () => {
    expect(checkLabel(undefined)).toBeUndefined();
    expect(checkLabel('CI of the greenhouse')).toBe('CI of the greenhouse');
    expect(checkLabel('x'.repeat(256))).toBe('x'.repeat(256));
  });

  it.each(BAD_NAMES)('D1 refuses %s', (_, label) => {
    const error = failureOf(() => checkLabel(label));
    expect(error).toBeInstanceOf(InvalidInputError);
    expect(error.message).toMatch(/^label: expected/);
  });
});

describe('checkDetails', () => {
  it('answers a frozen copy, which later changes do not reach', () => {
    const given: Record<string, string> = { userAgent: 'curl/8', ip: '::1', label: 'desk', own: 'key' };
    const checked = checkDetails(given)!;
    given.label = 'changed';
    given.more = 'added';
    expect({ ...checked }).toEqual({ userAgent: 'curl/8', ip: '::1', label: 'desk', own: 'key' });
    expect(Object.isFrozen(checked)).toBe(true);
  });

  it('answers nothing where there is nothing', () => {
    expect(checkDetails(undefined)).toBeUndefined();
    expect(checkDetails({})).toBeUndefined();
    expect(checkDetails({ label: undefined })).toBeUndefined();
  });

  it('leaves out members of value undefined', () => {
    expect(Object.keys(checkDetails({ label: 'desk', ip: undefined })!)).toEqual(['label']);
  });

  it('D1 takes 2048 bytes in all, keys included, and not one more', () => {
    expect(checkDetails({ k: 'x'.repeat(2047) })).toBeDefined();
    expect(() => checkDetails({ k: 'x'.repeat(2048) })).toThrow(InvalidInputError);
    expect(() => checkDetails({ ['k'.repeat(1024)]: 'x'.repeat(1025) })).toThrow(InvalidInputError);
    expect(() => checkDetails({ a: 'x'.repeat(1024), b: 'x'.repeat(1024) })).toThrow(InvalidInputError);
  });

  it('D1 counts bytes, not characters', () => {
    expect(checkDetails({ k: 'é'.repeat(1023) })).toBeDefined();
    expect(() => checkDetails({ k: 'é'.repeat(1024) })).toThrow(InvalidInputError);
  });

  it.each([[null], ['text'], [5], [true], [['a']], [() => 'a']])('refuses %p, which is no table', (given) => {
    expect(() => checkDetails(given)).toThrow(InvalidInputError);
  });

  it.each([[null], [5], [true], [{ deep: 'a' }], [['a']], [new Date(0)]])(
    'refuses the value %p, which is no text',
    (value) => {
      expect(() => checkDetails({ k: value })).toThrow(InvalidInputError);
    },
  );

  it('P1 keeps a member called __proto__ as a text like any other and pollutes nothing', () => {
    const checked = checkDetails(JSON.parse('{"__proto__": "x", "constructor": "y"}'))!;
    expect(Object.getPrototypeOf(checked)).toBeNull();
    expect(Object.getOwnPropertyNames(checked).sort()).toEqual(['__proto__', 'constructor']);
    expect(({} as Record<string, unknown>).x).toBeUndefined();
    expect(() => checkDetails(JSON.parse('{"__proto__": {"admin": "yes"}}'))).toThrow(InvalidInputError);
    expect(({} as Record<string, unknown>).admin).toBeUndefined();
  });

  it('P1 takes nothing that is only inherited', () => {
    expect(checkDetails(Object.create({ label: 'inherited' }))).toBeUndefined();
  });

  it('L1 does not repeat what it refuses', () => {
    const error = failureOf(() => checkDetails({ 'hunter2-key': ['hunter2-value'] }));
    expect(error.message).not.toContain('hunter2');
  });

  it('takes any flat strings within the limit as they are', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string({ maxLength: 10 }), fc.string({ maxLength: 20 }), { maxKeys: 8 }),
        (given) => {
          const empty = Object.entries(given).every(([key, value]) => key === '' && value === '');
          const checked = checkDetails(given);
          expect(checked === undefined ? {} : { ...checked }).toEqual(empty ? {} : { ...given });
        },
      ),
    );
  });
});
