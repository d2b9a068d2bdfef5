import { describe, expect, it } from '@jest/globals';
import { InvalidInputError } from '../../src/core/errors.js';
import { MANUAL_CLOCK_START, manualClock } from '../../src/testing/index.js';

describe('manualClock', () => {
  it('stands still at a named instant until told otherwise', () => {
    const clock = manualClock();
    expect([clock(), clock()]).toEqual([MANUAL_CLOCK_START, MANUAL_CLOCK_START]);
    expect(new Date(MANUAL_CLOCK_START).toISOString()).toBe('2026-01-01T00:00:00.000Z');
  });

  it.each([
    ['500ms', 500],
    ['2s', 2000],
    ['1.5s', 1500],
    ['31m', 31 * 60_000],
    ['1h', 3_600_000],
    ['1d', 86_400_000],
    [7, 7000],
    [0, 0],
  ] as const)('advances by %p', (duration, milliseconds) => {
    const clock = manualClock(5);
    expect(clock.advance(duration)).toBe(5 + milliseconds);
    expect(clock()).toBe(5 + milliseconds);
  });

  it('is set to a moment, an earlier one too', () => {
    const clock = manualClock(new Date(9000));
    expect(clock.set(new Date(4000))).toBe(4000);
    clock.set(1);
    expect(clock()).toBe(1);
  });

  it.each([['1 h'], ['-1s'], ['1w'], ['h'], [''], [-1], [Number.NaN], [Infinity], [null], [undefined], [{}]])(
    'refuses to advance by %p, and stands where it stood',
    (junk) => {
      const clock = manualClock(1);
      expect(() => clock.advance(junk as never)).toThrow(InvalidInputError);
      expect(clock()).toBe(1);
    },
  );

  it.each([[Number.NaN], [Infinity], [new Date('junk')], ['2026-01-01'], [null]])(
    'refuses the moment %p',
    (junk) => {
      expect(() => manualClock(junk as never)).toThrow(InvalidInputError);
      expect(() => manualClock(1).set(junk as never)).toThrow(InvalidInputError);
    },
  );
});
