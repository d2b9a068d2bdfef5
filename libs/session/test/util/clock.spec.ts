import { describe, expect, it } from '@jest/globals';
import { isWithin } from '../../src/util/clock.js';
import { LatestTime } from '../../src/core/latest-time.js';
import { SessionStoreUnavailableError } from '../../src/core/errors.js';

const NOW = Date.UTC(2026, 0, 1);

describe('LatestTime', () => {
  it('counts a reading that is earlier by up to a minute as the latest one', () => {
    const latest = new LatestTime();
    expect([0, -1, -60_000, 1, -59_999].map((by) => latest.of(NOW + by) - NOW)).toEqual([0, 0, 0, 1, 1]);
  });

  it('E7 takes one that is earlier by more for the truth', () => {
    const latest = new LatestTime();
    expect([86_400_000, 0, -1, 5].map((by) => latest.of(NOW + by) - NOW)).toEqual([86_400_000, 0, 0, 5]);
  });

  it.each([Number.NaN, Infinity, -Infinity, undefined, '1', 8.64e15 + 1])('refuses %p', (time) => {
    expect(() => new LatestTime().of(time as number)).toThrow(SessionStoreUnavailableError);
  });
});

describe('isWithin', () => {
  it('knows the span from its beginning to before its end', () => {
    expect([-1, 0, 9, 10].map((after) => isWithin(NOW, 10, NOW + after))).toEqual([false, true, true, false]);
  });

  it('E7 lets nobody wait for a span that began while the clock was ahead', () => {
    expect(isWithin(NOW + 10 * 86_400_000, 30_000, NOW)).toBe(false);
  });
});
