import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  ceilToSecond,
  floorToSecond,
  graceUntil,
  honours,
  isActive,
  isOver,
  isPremature,
  isRenewable,
  tokenTimes,
} from '../../src/core/expiry.js';
import { resolvePolicy, type SessionPolicy } from '../../src/core/session-policy.js';
import { sessionRecord, START } from '../support/records.js';

const moment = fc.integer({ min: 0, max: 4_102_444_800_000 });
const jwtPolicy = fc
  .record({
    sessionTimeout: fc.integer({ min: 1, max: 10_000_000 }),
    refreshTimeout: fc.integer({ min: 1, max: 10_000_000 }),
    leeway: fc.integer({ min: 0, max: 60 }),
    refreshGrace: fc.integer({ min: 0, max: 60 }),
  })
  .map((given): SessionPolicy => resolvePolicy('jwt', given));

describe('floorToSecond and ceilToSecond', () => {
  it('leave a whole second alone and otherwise are its neighbours', () => {
    expect([floorToSecond(5000), ceilToSecond(5000)]).toEqual([5000, 5000]);
    expect([floorToSecond(5001), ceilToSecond(5001)]).toEqual([5000, 6000]);
    expect([floorToSecond(5999), ceilToSecond(5999)]).toEqual([5000, 6000]);
    expect([floorToSecond(4999.5), ceilToSecond(5000.5)]).toEqual([4000, 6000]);
  });
});

describe('tokenTimes', () => {
  it('lives at least its time-out and at most a second more, the refresh token too', () => {
    fc.assert(
      fc.property(jwtPolicy, moment, (policy, now) => {
        const times = tokenTimes(policy, now);
        const life = times.expiresAt - now;
        expect(life).toBeGreaterThanOrEqual(policy.sessionTimeout * 1000);
        expect(life).toBeLessThanOrEqual(policy.sessionTimeout * 1000 + 1000);
        const refreshLife = times.refreshExpiresAt! - now;
        expect(refreshLife).toBeGreaterThanOrEqual(policy.refreshTimeout! * 1000);
        expect(refreshLife).toBeLessThanOrEqual(policy.refreshTimeout! * 1000 + 1000);
      }),
    );
  });

  it('is exactly its time-out when now is a whole second', () => {
    expect(tokenTimes(resolvePolicy('jwt', {}), START)).toEqual({
      issuedAt: START,
      lastAccessed: START,
      expiresAt: START + 900_000,
      activeUntil: START + 902_000,
      refreshExpiresAt: START + 86_400_000,
      renewableUntil: START + 86_402_000,
    });
  });

  it('is on whole seconds and never issued in the future', () => {
    fc.assert(
      fc.property(jwtPolicy, moment, (policy, now) => {
        const times = tokenTimes(policy, now);
        for (const time of Object.values(times)) expect(time % 1000).toBe(0);
        expect(times.issuedAt).toBeLessThanOrEqual(now);
        expect(times.issuedAt).toBeGreaterThan(now - 1000);
        expect(times.lastAccessed).toBe(times.issuedAt);
      }),
    );
  });

  it('E6 ends record and token together, the leeway included', () => {
    fc.assert(
      fc.property(jwtPolicy, moment, fc.integer({ min: 0, max: 20_000_000_000 }), (policy, now, later) => {
        const times = tokenTimes(policy, now);
        const at = now + later;
        expect(isActive(times, at)).toBe(!isOver(times, at, policy.leeway));
        const refresh = { issuedAt: times.issuedAt, expiresAt: times.refreshExpiresAt! };
        if (policy.refreshTimeout! >= policy.sessionTimeout) {
          expect(isRenewable(times, at)).toBe(!isOver(refresh, at, policy.leeway));
        }
      }),
    );
  });

  it('E6 agrees to the millisecond at both ends', () => {
    const policy = resolvePolicy('jwt', { sessionTimeout: 10, leeway: 2 });
    const times = tokenTimes(policy, START);
    expect([isActive(times, START + 11_999), isOver(times, START + 11_999, 2)]).toEqual([true, false]);
    expect([isActive(times, START + 12_000), isOver(times, START + 12_000, 2)]).toEqual([false, true]);
  });

  it('is renewable at least as long as it is active', () => {
    fc.assert(
      fc.property(jwtPolicy, moment, (policy, now) => {
        const times = tokenTimes(policy, now);
        expect(times.renewableUntil).toBeGreaterThanOrEqual(times.activeUntil);
      }),
    );
  });

  it('has no refresh expiry without a refresh time-out, and is renewable exactly as long as active', () => {
    const times = tokenTimes(resolvePolicy('token', {}), START + 1);
    expect('refreshExpiresAt' in times).toBe(false);
    expect(times.renewableUntil).toBe(times.activeUntil);
    expect(times.activeUntil).toBe(START + 1000 + 3_600_000);
  });
});

describe('isActive and isRenewable', () => {
  it('E1 hold strictly before the moment, and no longer on it', () => {
    expect(isActive({ activeUntil: 5000 }, 4999)).toBe(true);
    expect(isActive({ activeUntil: 5000 }, 5000)).toBe(false);
    expect(isRenewable({ renewableUntil: 5000 }, 4999)).toBe(true);
    expect(isRenewable({ renewableUntil: 5000 }, 5000)).toBe(false);
  });
});

describe('isOver', () => {
  const times = { issuedAt: START, expiresAt: START + 60_000 };

  it('J8 is over on the expiry and after it, not before', () => {
    expect(isOver(times, START + 59_999, 0)).toBe(false);
    expect(isOver(times, START + 60_000, 0)).toBe(true);
    expect(isOver(times, START + 60_001, 0)).toBe(true);
  });

  it('J8 adds the leeway, in seconds, and nothing more', () => {
    expect(isOver(times, START + 61_999, 2)).toBe(false);
    expect(isOver(times, START + 62_000, 2)).toBe(true);
  });
});

describe('isPremature', () => {
  it('J9 is premature when issued further in the future than the leeway', () => {
    const times = { issuedAt: START, expiresAt: START + 60_000 };
    expect(isPremature(times, START, 0)).toBe(false);
    expect(isPremature(times, START - 1, 0)).toBe(true);
    expect(isPremature(times, START - 2000, 2)).toBe(false);
    expect(isPremature(times, START - 2001, 2)).toBe(true);
  });

  it('J9 is premature before its nbf, the leeway aside', () => {
    const times = { issuedAt: START, notBefore: START + 10_000, expiresAt: START + 60_000 };
    expect(isPremature(times, START + 7_999, 2)).toBe(true);
    expect(isPremature(times, START + 8_000, 2)).toBe(false);
  });

  it('J9 lets no past nbf excuse an iat in the future', () => {
    const times = { issuedAt: START + 10_000, notBefore: START, expiresAt: START + 60_000 };
    expect(isPremature(times, START, 2)).toBe(true);
  });
});

describe('honours', () => {
  it('honours the own generation at any time', () => {
    expect(honours({ generation: 7 }, 7, START)).toBe(true);
    expect(honours({ generation: 7, previousUntil: START }, 7, START + 1)).toBe(true);
  });

  it('F3 honours the immediate predecessor strictly before the end of the grace window', () => {
    const record = { generation: 7, previousUntil: START };
    expect(honours(record, 6, START - 1)).toBe(true);
    expect(honours(record, 6, START)).toBe(false);
  });

  it('F3 honours no older generation, none without a window, and none to come', () => {
    const record = { generation: 7, previousUntil: START };
    for (const generation of [0, 4, 5, 8, 9]) expect(honours(record, generation, START - 1)).toBe(false);
    expect(honours({ generation: 7 }, 6, 0)).toBe(false);
  });
});

describe('graceUntil', () => {
  const policy = resolvePolicy('jwt', { refreshGrace: 10 });

  it('is the grace window from now on', () => {
    expect(graceUntil(policy, sessionRecord(), START)).toBe(START + 10_000);
    expect(graceUntil(policy, sessionRecord(), START + 1)).toBe(START + 11_000);
  });

  it('F3 never outlives what the predecessor could still have done', () => {
    const record = sessionRecord({ renewableUntil: START + 4000 });
    expect(graceUntil(policy, record, START)).toBe(START + 4000);
  });

  it('is not there at zero', () => {
    expect(graceUntil(resolvePolicy('jwt', { refreshGrace: 0 }), sessionRecord(), START)).toBeUndefined();
  });
});
