import { describe, expect, it, jest } from '@jest/globals';
import { MemoryApiTokenStore } from '../../src/stores/memory/memory-api-token.store.js';
import { describeApiTokenStore } from '../../src/testing/index.js';

describeApiTokenStore('MemoryApiTokenStore', { describe, it }, () => ({ store: new MemoryApiTokenStore() }));

describe('MemoryApiTokenStore', () => {
  it('says that no other process sees its tokens', () => {
    expect(new MemoryApiTokenStore().shared).toBe(false);
  });

  it('notes an access from elsewhere, an earlier one than is known not, and none of an unknown token', () => {
    const store = new MemoryApiTokenStore();
    store.put({ jti: 'ci', username: 'alice', expiresAt: 9000 }, 0);
    const lastAccessed = () => store.find('ci')?.lastAccessed;
    store.noteAccess('ci', 3000);
    store.noteAccess('ci', 2000);
    expect(lastAccessed()).toBe(3000);
    const noted = store.find('ci');
    store.noteAccess('ci', 3000);
    expect(store.find('ci')).toBe(noted);
    store.noteAccess('ci', 4000);
    expect(lastAccessed()).toBe(4000);
    store.noteAccess('unknown', 4000);
    expect(store.find('unknown')).toBeUndefined();
  });

  it('counts a token that is put again once, and lists it once', () => {
    const store = new MemoryApiTokenStore();
    store.put({ jti: 'ci', username: 'alice', expiresAt: 9000 }, 0);
    store.put({ jti: 'ci', username: 'alice', expiresAt: 5000 }, 0);
    expect(store.size).toBe(1);
    expect(store.listByUser('alice', 0)).toEqual([{ jti: 'ci', username: 'alice', expiresAt: 5000 }]);
    expect(store.sweepExpired(9000, { budgetMs: 1000, batchSize: 10 }).removed).toBe(1);
  });

  it('looks at no more seconds than there are to end all and to sweep, however many are over', () => {
    const store = new MemoryApiTokenStore();
    for (let second = 1; second <= 1000; second += 1) {
      store.put({ jti: `ci-${second}`, username: 'alice', expiresAt: second * 1000 }, 0);
    }
    const lookups = jest.spyOn(Map.prototype, 'get');
    const sweep = store.sweepExpired(500_000, { budgetMs: 10_000, batchSize: 1000 });
    const ended = store.revokeAll(900_000);
    const { length } = lookups.mock.calls;
    lookups.mockRestore();
    expect([sweep.removed, ended]).toEqual([500, 100]);
    expect(length).toBeLessThan(20_000);
  });

  it('counts to the millisecond what is over when all ends', () => {
    for (const [now, ended] of [
      [8499, 2],
      [8500, 1],
      [8999, 1],
      [9000, 0],
    ] as const) {
      const store = new MemoryApiTokenStore();
      store.put({ jti: 'half', username: 'alice', expiresAt: 8500 }, 0);
      store.put({ jti: 'whole', username: 'alice', expiresAt: 9000 }, 0);
      expect(store.revokeAll(now)).toBe(ended);
    }
  });
});
