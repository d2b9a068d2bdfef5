import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { resolveExpiration } from '../../src/core/api-token.js';
import { InvalidExpirationError } from '../../src/core/errors.js';
import { failureOf } from '../support/failure.js';
import { START } from '../support/records.js';

const TEN_YEARS = 10 * 365 * 24 * 3600;
const moment = fc.integer({ min: 0, max: 4_102_444_800_000 });

describe('resolveExpiration', () => {
  it('is an hour away where nothing is asked for', () => {
    expect(resolveExpiration(undefined, START)).toBe(START + 3_600_000);
  });

  it('takes seconds, and gives at least those and at most a second more', () => {
    expect(resolveExpiration(1, START)).toBe(START + 1000);
    expect(resolveExpiration(60, START + 1)).toBe(START + 61_000);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: TEN_YEARS }), moment, (seconds, now) => {
        const life = resolveExpiration(seconds, now) - now;
        expect(life).toBeGreaterThanOrEqual(seconds * 1000);
        expect(life).toBeLessThan(seconds * 1000 + 1000);
      }),
    );
  });

  it('takes a Date, rounded down to its second', () => {
    expect(resolveExpiration(new Date(START + 5000), START)).toBe(START + 5000);
    expect(resolveExpiration(new Date(START + 5999), START)).toBe(START + 5000);
  });

  it('answers a whole second after now for every moment that it takes', () => {
    fc.assert(
      fc.property(fc.integer({ min: -5000, max: 5000 }), moment, (distance, now) => {
        const asked = now + distance;
        let answer: number;
        try {
          answer = resolveExpiration(new Date(asked), now);
        } catch (error) {
          expect(error).toBeInstanceOf(InvalidExpirationError);
          expect(Math.floor(asked / 1000) * 1000).toBeLessThanOrEqual(now);
          return;
        }
        expect(answer % 1000).toBe(0);
        expect(answer).toBeGreaterThan(now);
        expect(answer).toBeLessThanOrEqual(asked);
        expect(answer).toBeGreaterThan(asked - 1000);
      }),
    );
  });

  it.each([
    ['2026-01-01T00:10:00Z', 600],
    ['2026-01-01T00:10Z', 600],
    ['2026-01-01T00:10:00.999Z', 600],
    ['2026-01-01T00:10:00.999999999Z', 600],
    ['2026-01-01t00:10:00z', 600],
    [' 2026-01-01T00:10:00Z\n', 600],
    ['2026-01-01T02:10:00+02:00', 600],
    ['2026-01-01T02:10:00+0200', 600],
    ['2025-12-31T19:10:00-05:00', 600],
    ['2026-01-01T05:40:00+05:30', 600],
    ['2028-02-29T00:00:00Z', (Date.UTC(2028, 1, 29) - START) / 1000],
  ])('reads %p', (text, seconds) => {
    expect(resolveExpiration(text, START)).toBe(START + seconds * 1000);
  });

  it('reads back any moment that Date writes', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1000, max: TEN_YEARS * 1000 }), (distance) => {
        const text = new Date(START + distance).toISOString();
        expect(resolveExpiration(text, START)).toBe(Math.floor((START + distance) / 1000) * 1000);
      }),
    );
  });

  it.each([
    ['no zone', '2026-06-01T00:00:00'],
    ['a date only', '2026-06-01'],
    ['a blank for the T', '2026-06-01 00:00:00Z'],
    ['a named zone', '2026-06-01T00:00:00 CET'],
    ['30 February', '2027-02-30T00:00:00Z'],
    ['29 February of a common year', '2027-02-29T00:00:00Z'],
    ['month 13', '2026-13-01T00:00:00Z'],
    ['minute 60', '2026-06-01T00:60:00Z'],
    ['hour 25', '2026-06-01T25:00:00Z'],
    ['an impossible zone', '2026-06-01T00:00:00+25:00'],
    ['a two-digit year', '26-06-01T00:00:00Z'],
    ['a number as text', '3600'],
    ['words', 'in an hour'],
    ['an empty text', ''],
    ['text behind it', '2026-06-01T00:00:00Z please'],
    ['two lines', '2026-06-01T00:00:00Z\n2026-06-01T00:00:00Z'],
    ['a year beyond four digits', '+012026-06-01T00:00:00Z'],
    ['NaN', Number.NaN],
    ['Infinity', Infinity],
    ['minus Infinity', -Infinity],
    ['zero', 0],
    ['minus zero', -0],
    ['a negative number', -1],
    ['a fraction', 1.5],
    ['a number beyond exact ones', 2 ** 60],
    ['true', true],
    ['false', false],
    ['null', null],
    ['an invalid Date', new Date(Number.NaN)],
    ['a bigint', 3600n],
    ['an object', {}],
    ['an array', [3600]],
    ['a Number object', new Number(3600)],
  ])('refuses %s', (_, expiration) => {
    expect(() => resolveExpiration(expiration, START)).toThrow(InvalidExpirationError);
  });

  it('refuses now and the past', () => {
    expect(() => resolveExpiration(new Date(START), START)).toThrow(InvalidExpirationError);
    expect(() => resolveExpiration(new Date(START - 1), START)).toThrow(InvalidExpirationError);
    expect(() => resolveExpiration('2025-12-31T23:59:59Z', START)).toThrow(InvalidExpirationError);
    // Rounded down to its second it is not after now.
    expect(() => resolveExpiration(new Date(START + 500), START + 200)).toThrow(InvalidExpirationError);
  });

  it('takes ten years and refuses a second more, in every form', () => {
    const limit = START + TEN_YEARS * 1000;
    expect(resolveExpiration(TEN_YEARS, START)).toBe(limit);
    expect(resolveExpiration(new Date(limit), START)).toBe(limit);
    expect(resolveExpiration(new Date(limit).toISOString(), START)).toBe(limit);
    expect(() => resolveExpiration(TEN_YEARS + 1, START)).toThrow(InvalidExpirationError);
    expect(() => resolveExpiration(new Date(limit + 1000), START)).toThrow(InvalidExpirationError);
    expect(() => resolveExpiration(new Date(limit + 1000).toISOString(), START)).toThrow(
      InvalidExpirationError,
    );
  });

  it('takes ten years at any fraction of a second', () => {
    expect(resolveExpiration(TEN_YEARS, START + 1)).toBe(START + 1000 + TEN_YEARS * 1000);
  });

  it('L1 says what was expected and does not repeat the text that came', () => {
    const error = failureOf(() => resolveExpiration('hunter2', START));
    expect(error.message).toMatch(/^expiration: expected/);
    expect(error.message).not.toContain('hunter2');
  });
});
