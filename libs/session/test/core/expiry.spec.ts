import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  ceilToSecond,
  endingBy,
  fellIdle,
  floorToSecond,
  graceUntil,
  honours,
  isActive,
  isOver,
  isPremature,
  isRenewable,
  lifetimes,
  tokenTimes,
} from '../../src/core/expiry.js';
import { resolvePolicy } from '../../src/core/session-policy.js';
import type { SessionRecord } from '../../src/core/session.js';

const NOW = Date.UTC(2026, 0, 1);
const instant = fc.integer({ min: 0, max: 8_000_000_000_000 });
const seconds = fc.integer({ min: 1, max: 315_360_000 });
const leeways = fc.integer({ min: 0, max: 60 });

describe('floorToSecond and ceilToSecond', () => {
  it('bracket a moment by whole seconds, and leave a whole second as it is', () => {
    expect([floorToSecond(1999), ceilToSecond(1001)]).toEqual([1000, 2000]);
    expect([floorToSecond(2000), ceilToSecond(2000)]).toEqual([2000, 2000]);
    expect([floorToSecond(2000.5), ceilToSecond(2000.5)]).toEqual([2000, 3000]);
  });
});

describe('isActive and isRenewable', () => {
  it('E5 hold until their instant and not on it', () => {
    const active = { issuedAt: 0, activeUntil: NOW, lastAccessed: 0 };
    const renewable = { issuedAt: 0, renewableUntil: NOW, lastAccessed: 0 };
    expect(isActive(active, NOW - 1)).toBe(true);
    expect(isActive(active, NOW)).toBe(false);
    expect(isRenewable(renewable, NOW - 1)).toBe(true);
    expect(isRenewable(renewable, NOW)).toBe(false);
  });

  it('E1 end before that where the session falls idle, which ends both', () => {
    const idle = {
      issuedAt: 0,
      activeUntil: NOW + 9,
      renewableUntil: NOW + 99,
      lastAccessed: NOW - 5,
      idleTimeout: 5,
    };
    expect([isActive(idle, NOW - 1), isRenewable(idle, NOW - 1), fellIdle(idle)]).toEqual([true, true, true]);
    expect([isActive(idle, NOW), isRenewable(idle, NOW)]).toEqual([false, false]);
    const long = { ...idle, idleTimeout: 1000 };
    expect([isActive(long, NOW + 9), isRenewable(long, NOW + 98), fellIdle(long)]).toEqual([
      false,
      true,
      false,
    ]);
  });
});

describe('a date ahead', () => {
  it('E7 is honoured for a minute, by which clocks may disagree, and not for more', () => {
    const record = { issuedAt: NOW, activeUntil: NOW + 1e6, renewableUntil: NOW + 1e6, lastAccessed: NOW };
    expect([isActive(record, NOW - 60_000), isRenewable(record, NOW - 60_000)]).toEqual([true, true]);
    expect([isActive(record, NOW - 60_001), isRenewable(record, NOW - 60_001)]).toEqual([false, false]);
  });
});

describe('honours', () => {
  const record = { generation: 5, previousUntil: NOW };

  it("honours the record's own generation at any time", () => {
    expect(honours(record, 5, NOW + 1e12)).toBe(true);
  });

  it('F3 honours the immediate predecessor only, and only before previousUntil', () => {
    expect(honours(record, 4, NOW - 1)).toBe(true);
    expect(honours(record, 4, NOW)).toBe(false);
    expect(honours(record, 3, NOW - 1)).toBe(false);
    expect(honours(record, 0, NOW - 1)).toBe(false);
  });

  it('honours no predecessor where the grace is off', () => {
    expect(honours({ generation: 5 }, 4, NOW)).toBe(false);
    expect(honours({ generation: 5, previousUntil: undefined }, 4, NOW)).toBe(false);
  });

  it('does not honour a generation ahead of the record', () => {
    expect(honours(record, 6, NOW - 1)).toBe(false);
  });
});

describe('lifetimes', () => {
  it('say nothing where the policy has none', () => {
    expect(lifetimes(resolvePolicy('jwt', {}), NOW)).toEqual({});
  });

  it('E1 E2 last at least as long as asked for, and at most a second more', () => {
    const policy = resolvePolicy('token', { absoluteTimeout: 60, idleTimeout: 30, sliding: true });
    expect(lifetimes(policy, NOW + 1)).toEqual({
      endsAt: NOW + 61_000,
      idleTimeout: 31_000,
      slideBy: 3_600_000,
    });
  });
});

describe('endingBy', () => {
  it('E2 leaves no time beyond the absolute end, and earlier ones as they are', () => {
    const times = tokenTimes(resolvePolicy('jwt', {}), NOW);
    expect(endingBy(times, NOW + 901_000)).toEqual({
      ...times,
      activeUntil: NOW + 901_000,
      refreshExpiresAt: NOW + 901_000,
      renewableUntil: NOW + 901_000,
    });
    expect(endingBy(times, NOW + 5000)).toMatchObject({ expiresAt: NOW + 5000, issuedAt: NOW });
    expect(endingBy(times)).toEqual(times);
  });
});

describe('tokenTimes', () => {
  it('rounds issue down and expiry up', () => {
    const policy = resolvePolicy('jwt', {});
    expect(tokenTimes(policy, NOW + 1)).toEqual({
      issuedAt: NOW,
      lastAccessed: NOW,
      expiresAt: NOW + 901_000,
      activeUntil: NOW + 903_000,
      refreshExpiresAt: NOW + 86_401_000,
      renewableUntil: NOW + 86_403_000,
    });
    expect(tokenTimes(policy, NOW)).toMatchObject({ expiresAt: NOW + 900_000, activeUntil: NOW + 902_000 });
  });

  it('makes a session without refresh token renewable exactly while it is active', () => {
    const times = tokenTimes(resolvePolicy('token', {}), NOW);
    expect(times).toEqual({
      issuedAt: NOW,
      lastAccessed: NOW,
      expiresAt: NOW + 3_600_000,
      activeUntil: NOW + 3_600_000,
      renewableUntil: NOW + 3_600_000,
    });
    expect(times).not.toHaveProperty('refreshExpiresAt');
  });

  it('never lets a session end for a refresh before it ends for access', () => {
    const policy = resolvePolicy('jwt', { sessionTimeout: 900, refreshTimeout: 60 });
    const times = tokenTimes(policy, NOW);
    expect(times.refreshExpiresAt).toBe(NOW + 60_000);
    expect(times.renewableUntil).toBe(times.activeUntil);
  });

  it('E6 lives at least its timeout and at most a second more, the leeway aside, at any moment', () => {
    fc.assert(
      fc.property(instant, seconds, seconds, leeways, (now, sessionTimeout, refreshTimeout, leeway) => {
        const times = tokenTimes(resolvePolicy('jwt', { sessionTimeout, refreshTimeout, leeway }), now);
        const life = times.activeUntil - leeway * 1000 - now;
        expect(life).toBeGreaterThanOrEqual(sessionTimeout * 1000);
        expect(life).toBeLessThan(sessionTimeout * 1000 + 1000);
        const refreshLife = times.refreshExpiresAt! - now;
        expect(refreshLife).toBeGreaterThanOrEqual(refreshTimeout * 1000);
        expect(refreshLife).toBeLessThan(refreshTimeout * 1000 + 1000);
        expect(times.renewableUntil).toBe(
          Math.max(times.activeUntil, times.refreshExpiresAt! + leeway * 1000),
        );
        expect(now - times.issuedAt).toBeGreaterThanOrEqual(0);
        expect(now - times.issuedAt).toBeLessThan(1000);
        for (const time of Object.values(times)) expect(time % 1000).toBe(0);
      }),
    );
  });

  it('E6 the record and the token of it end at one instant, leeway included', () => {
    fc.assert(
      fc.property(instant, seconds, leeways, fc.integer({ min: -3, max: 3 }), (now, timeout, leeway, off) => {
        const times = tokenTimes(resolvePolicy('jwt', { sessionTimeout: timeout, leeway }), now);
        const later = times.activeUntil + off;
        expect(isOver(times, later, leeway)).toBe(!isActive(times, later));
      }),
    );
  });
});

describe('graceUntil', () => {
  const record = { renewableUntil: NOW + 60_000 } as SessionRecord;

  it('is absent at a grace of 0', () => {
    expect(graceUntil(resolvePolicy('jwt', { refreshGrace: 0 }), record, NOW)).toBeUndefined();
  });

  it('is the grace from now, rounded up', () => {
    const policy = resolvePolicy('jwt', { refreshGrace: 10 });
    expect(graceUntil(policy, record, NOW)).toBe(NOW + 10_000);
    expect(graceUntil(policy, record, NOW + 1)).toBe(NOW + 11_000);
  });

  it('F4 never outlasts the end that the predecessor had', () => {
    const policy = resolvePolicy('jwt', { refreshGrace: 300 });
    expect(graceUntil(policy, record, NOW)).toBe(NOW + 60_000);
  });
});

describe('isOver', () => {
  const times = { issuedAt: NOW - 5000, expiresAt: NOW };

  it('J8 refuses on the expiry and after it, not before', () => {
    expect(isOver(times, NOW - 1, 0)).toBe(false);
    expect(isOver(times, NOW, 0)).toBe(true);
    expect(isOver(times, NOW + 1, 0)).toBe(true);
  });

  it('J8 allows the leeway in seconds', () => {
    expect(isOver(times, NOW + 1999, 2)).toBe(false);
    expect(isOver(times, NOW + 2000, 2)).toBe(true);
  });
});

describe('isPremature', () => {
  it('J9 refuses an iat beyond the leeway in the future', () => {
    const times = { issuedAt: NOW, expiresAt: NOW + 9000 };
    expect(isPremature(times, NOW, 0)).toBe(false);
    expect(isPremature(times, NOW - 1, 0)).toBe(true);
    expect(isPremature(times, NOW - 2000, 2)).toBe(false);
    expect(isPremature(times, NOW - 2001, 2)).toBe(true);
  });

  it('J9 refuses an nbf beyond the leeway in the future', () => {
    const times = { issuedAt: NOW - 9000, notBefore: NOW, expiresAt: NOW + 9000 };
    expect(isPremature(times, NOW, 0)).toBe(false);
    expect(isPremature(times, NOW - 1, 0)).toBe(true);
    expect(isPremature(times, NOW - 2000, 2)).toBe(false);
    expect(isPremature(times, NOW - 2001, 2)).toBe(true);
  });

  it('J9 an early nbf does not excuse a future iat', () => {
    expect(isPremature({ issuedAt: NOW, notBefore: 0, expiresAt: NOW + 9000 }, NOW - 1, 0)).toBe(true);
  });
});
