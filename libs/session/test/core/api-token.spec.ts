import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { resolveExpiration } from '../../src/core/api-token.js';
import { InvalidExpirationError } from '../../src/core/errors.js';

const NOW = Date.UTC(2026, 0, 1);
const TEN_YEARS = 10 * 365 * 24 * 3600;

describe('resolveExpiration', () => {
  it('is an hour by default', () => {
    expect(resolveExpiration(undefined, NOW)).toBe(NOW + 3_600_000);
  });

  it.each([
    ['2026-01-01T01:00:00Z', NOW + 3_600_000],
    ['2026-01-01T01:00Z', NOW + 3_600_000],
    [' 2026-01-01T01:00:00Z\n', NOW + 3_600_000],
    ['2026-01-01t01:00:00z', NOW + 3_600_000],
    ['2026-01-01T02:00:00+01:00', NOW + 3_600_000],
    ['2026-01-01T02:00:00+0100', NOW + 3_600_000],
    ['2025-12-31T20:00:00-05:00', NOW + 3_600_000],
    ['2026-01-01T01:00:00.999Z', NOW + 3_600_000],
    ['2026-01-01T01:00:00.123456+00:00', NOW + 3_600_000],
    ['2028-02-29T00:00:00Z', Date.UTC(2028, 1, 29)],
  ])('reads %p, rounded down to its second', (text, expected) => {
    expect(resolveExpiration(text, NOW)).toBe(expected);
  });

  it.each([
    '',
    'tomorrow',
    '3600',
    '1767229200',
    '2026-01-02',
    '2026-01-02T00:00:00',
    '2026-01-02 00:00:00Z',
    '2026-01-02T00:00:00 Z',
    '2026-01-02T00:00:00+01',
    '2026-01-02T00:00:00 CET',
    '2026-01-02T00:00:00Z and more',
    '2026-02-30T00:00:00Z',
    '2026-02-29T00:00:00Z',
    '2026-13-01T00:00:00Z',
    '2026-00-10T00:00:00Z',
    '2026-01-02T25:00:00Z',
    '2026-01-02T00:60:00Z',
    '2026-01-02T00:00:61Z',
    '2026-01-02T00:00:00+99:99',
    '2026-01-02T00:00:00+24:00',
    '2026-01-02T00:00:00+00:60',
    '+002026-01-02T00:00:00Z',
    'Fri, 02 Jan 2026 00:00:00 GMT',
    '２０２６-01-02T00:00:00Z',
  ])('refuses %p, no zoned ISO 8601 moment', (text) => {
    expect(() => resolveExpiration(text, NOW)).toThrow(InvalidExpirationError);
  });

  it.each([
    [Number.NaN],
    [Infinity],
    [-Infinity],
    [0],
    [-0],
    [-1],
    [1.5],
    [true],
    [false],
    [null],
    [{}],
    [[]],
    [[3600]],
    [new Number(3600)],
    [10n],
    [Symbol('3600')],
    [new Date(Number.NaN)],
    [Number.MAX_SAFE_INTEGER],
    [Number.MAX_VALUE],
    [{ getTime: () => NOW + 5000 }],
  ])('refuses %p', (given) => {
    expect(() => resolveExpiration(given, NOW)).toThrow(InvalidExpirationError);
  });

  it('refuses the past and the present, whichever way they are told', () => {
    expect(() => resolveExpiration(new Date(NOW), NOW)).toThrow(InvalidExpirationError);
    expect(() => resolveExpiration(new Date(NOW - 1), NOW)).toThrow(InvalidExpirationError);
    expect(() => resolveExpiration(new Date(NOW + 999), NOW)).toThrow(InvalidExpirationError);
    expect(() => resolveExpiration('2025-12-31T23:59:59Z', NOW)).toThrow(InvalidExpirationError);
    expect(() => resolveExpiration('2026-01-01T01:00:00+02:00', NOW)).toThrow(InvalidExpirationError);
    expect(resolveExpiration(new Date(NOW + 1000), NOW)).toBe(NOW + 1000);
  });

  it('takes ten years and refuses a second more, whichever way they are told', () => {
    const end = NOW + TEN_YEARS * 1000;
    expect(resolveExpiration(TEN_YEARS, NOW)).toBe(end);
    expect(resolveExpiration(new Date(end), NOW)).toBe(end);
    expect(() => resolveExpiration(TEN_YEARS + 1, NOW)).toThrow(InvalidExpirationError);
    expect(() => resolveExpiration(new Date(end + 1000), NOW)).toThrow(InvalidExpirationError);
    expect(() => resolveExpiration(new Date(8.64e15), NOW)).toThrow(InvalidExpirationError);
    expect(() => resolveExpiration('9999-12-31T23:59:59Z', NOW)).toThrow(InvalidExpirationError);
  });

  it('takes ten years and the rest of a second that has begun', () => {
    expect(resolveExpiration(TEN_YEARS, NOW + 1)).toBe(NOW + 1000 + TEN_YEARS * 1000);
  });

  it('lives at least the seconds asked for and at most one more, on a whole second', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 4_000_000_000_000 }),
        fc.integer({ min: 1, max: TEN_YEARS }),
        (now, seconds) => {
          const expiresAt = resolveExpiration(seconds, now);
          expect(expiresAt % 1000).toBe(0);
          expect(expiresAt - now).toBeGreaterThanOrEqual(seconds * 1000);
          expect(expiresAt - now).toBeLessThan(seconds * 1000 + 1000);
        },
      ),
    );
  });

  it('takes a moment as a Date and as its ISO text alike, and never later than asked for', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1000, max: TEN_YEARS * 1000 }), (ahead) => {
        const moment = new Date(NOW + ahead);
        const expiresAt = resolveExpiration(moment, NOW);
        expect(resolveExpiration(moment.toISOString(), NOW)).toBe(expiresAt);
        expect(expiresAt % 1000).toBe(0);
        expect(expiresAt).toBeLessThanOrEqual(moment.getTime());
        expect(expiresAt).toBeGreaterThan(moment.getTime() - 1000);
      }),
    );
  });

  it('answers a whole second after now or refuses, and throws nothing else, for anything', () => {
    fc.assert(
      fc.property(fc.anything({ withDate: true, withBigInt: true, withNullPrototype: true }), (given) => {
        try {
          const expiresAt = resolveExpiration(given, NOW);
          expect(expiresAt % 1000).toBe(0);
          expect(expiresAt).toBeGreaterThan(NOW);
        } catch (error) {
          expect(error).toBeInstanceOf(InvalidExpirationError);
        }
      }),
    );
  });

  it('L1 does not repeat a text that it refuses', () => {
    expect(() => resolveExpiration('hunter2-secret', NOW)).toThrow(
      'expiration: expected seconds, an ISO 8601 string with a zone, or a Date, got a string of 14 characters',
    );
  });
});
