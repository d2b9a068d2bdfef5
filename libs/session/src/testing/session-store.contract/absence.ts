import assert from 'node:assert/strict';
import { SECOND } from '../../util/clock.js';
import { SessionStore, type Absence } from '../../core/session-store.js';
import type { Promises } from '../test-api.js';
import { ACTIVE, added, limit, newSession, refreshed, RENEWABLE, rotationAt } from './fixtures.js';

export function absencePromises(promise: Promises<SessionStore>): void {
  promise('absence says nothing of what is there or never was', async (store, start) => {
    const { id } = await added(store, start);
    assert.equal(await store.absence(id, 0, start), undefined);
    assert.equal(await store.absence(newSession(start).id, 0, start), undefined);
  });

  promise(
    'absence tells of a session that is there whether it was refreshed or has lapsed',
    async (store, start) => {
      if (remembersNothing(store)) return;
      const { id } = await added(store, start);
      await refreshed(store, id, start);
      await refreshed(store, id, start, { from: 1, attempt: 'b' });
      for (const generation of [0, 1]) {
        assert.equal(await store.access(id, generation, start), undefined);
        assert.equal(await store.absence(id, generation, start), 'rotated');
      }
      assert.equal(await store.absence(id, 2, start + ACTIVE - 1), undefined);
      for (const now of [start + ACTIVE, start + RENEWABLE - 1]) {
        assert.equal(await store.access(id, 2, now), undefined);
        assert.equal(await store.absence(id, 2, now), 'expired');
        assert.equal(await store.absence(id, 1, now), 'rotated');
      }
    },
  );

  promise('absence tells why a session is gone, or nothing', async (store, start) => {
    const gone = new Map<string, Absence>();
    for (const reason of ['logout', 'revoked', 'reuse'] as const) {
      const { id } = await added(store, start);
      await store.revoke(id, reason, {}, start);
      gone.set(id, reason);
    }
    gone.set((await added(store, start)).id, 'revoked');
    await store.revokeByUser('alice', {}, start);
    gone.set((await added(store, start)).id, 'evicted');
    await store.create(newSession(start), limit(1, { onLimit: 'evict-oldest' }), start);
    await tellsOrNot(store, gone, start);
  });

  promise(
    'absence tells what is over from what fell idle, or nothing, swept or not',
    async (store, start) => {
      const gone = new Map<string, Absence>([
        [(await added(store, start, { idleTimeout: 2 * RENEWABLE })).id, 'expired'],
        [(await added(store, start, { idleTimeout: ACTIVE })).id, 'idle'],
      ]);
      await tellsOrNot(store, gone, start + RENEWABLE);
      await store.sweepExpired(start + RENEWABLE, { budgetMs: 1000, batchSize: 100 });
      await tellsOrNot(store, gone, start + RENEWABLE);
    },
  );

  promise('absence may say that what revokeAll ended was revoked, and nothing else', async (store, start) => {
    const gone = new Map<string, Absence>([[(await added(store, start)).id, 'revoked']]);
    await store.revokeAll({}, start);
    await tellsOrNot(store, gone, start);
  });

  promise('absence leaves no trace, and is no access', async (store, start) => {
    const { id } = await added(store, start, { idleTimeout: 10 * SECOND });
    await store.absence(id, 0, start + 5 * SECOND);
    assert.equal((await store.find(id, start + 5 * SECOND))?.lastAccessed, start);
    await refreshed(store, id, start, { next: rotationAt(start) });
    await store.absence(id, 0, start + 9 * SECOND);
    assert.equal(await store.find(id, start + 10 * SECOND), undefined);
  });
}

/** Whether a store has the default, which is to be asked in vain. */
function remembersNothing(store: SessionStore): boolean {
  return store.absence === SessionStore.prototype.absence;
}

/** How much is remembered of what is gone is the store's own affair, but nothing false may be. */
async function tellsOrNot(
  store: SessionStore,
  gone: ReadonlyMap<string, Absence>,
  now: number,
): Promise<void> {
  for (const [id, reason] of gone) {
    assert.equal(await store.access(id, 0, now), undefined);
    const told = await store.absence(id, 0, now);
    assert.ok(told === undefined || told === reason, `expected ${reason}, got ${told}`);
  }
}
