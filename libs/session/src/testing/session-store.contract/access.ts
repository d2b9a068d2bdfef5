import assert from 'node:assert/strict';
import { SECOND } from '../../util/clock.js';
import type { SessionStore } from '../../core/session-store.js';
import type { Promises } from '../test-api.js';
import { ACTIVE, added, inParallel, RENEWABLE, sameRecord } from './fixtures.js';

export function accessPromises(promise: Promises<SessionStore>): void {
  promise('access answers the record for its own generation', async (store, start) => {
    const record = await added(store, start, { generation: 5 });
    sameRecord(await store.access(record.id, 5, start), record);
  });

  promise('access notes the second of now', async (store, start) => {
    const record = await added(store, start);
    const now = start + 7 * SECOND + 999;
    const touched = { ...record, lastAccessed: start + 7 * SECOND };
    sameRecord(await store.access(record.id, 0, now), touched);
    sameRecord(await store.find(record.id, now), touched);
  });

  promise('access never dates lastAccessed back', async (store, start) => {
    const ahead = start + 30 * SECOND;
    const record = await added(store, start, { lastAccessed: ahead });
    assert.equal((await store.access(record.id, 0, start + SECOND))?.lastAccessed, ahead);
    assert.equal((await store.find(record.id, start + SECOND))?.lastAccessed, ahead);
  });

  promise('access changes nothing but lastAccessed, whoever comes along', async (store, start) => {
    const record = await added(store, start);
    const now = start + 3 * SECOND;
    await inParallel(20, () => store.access(record.id, 0, now));
    sameRecord(await store.find(record.id, now), { ...record, lastAccessed: now });
    assert.equal(await store.find(record.id, start + RENEWABLE), undefined);
  });

  promise(
    'F3 access honours the predecessor before previousUntil, and not at that instant',
    async (store, start) => {
      const previousUntil = start + 10 * SECOND;
      const { id } = await added(store, start, { generation: 4, previousUntil });
      assert.equal((await store.access(id, 3, previousUntil - 1))?.generation, 4);
      assert.equal(await store.access(id, 3, previousUntil), undefined);
      assert.equal((await store.access(id, 4, previousUntil))?.generation, 4);
    },
  );

  promise(
    'F3 access honours no other generation: older, ahead, or any without previousUntil',
    async (store, start) => {
      const { id } = await added(store, start, { generation: 4, previousUntil: start + 10 * SECOND });
      for (const generation of [0, 2, 5, 6]) {
        assert.equal(await store.access(id, generation, start), undefined, `generation ${generation}`);
      }
      const strict = await added(store, start, { generation: 4 });
      assert.equal(await store.access(strict.id, 3, start), undefined);
    },
  );

  promise('a refused access leaves no trace', async (store, start) => {
    const record = await added(store, start, { generation: 4 });
    await store.access(record.id, 3, start + SECOND);
    sameRecord(await store.find(record.id, start + SECOND), record);
  });

  promise('E5 access is there 1 ms before activeUntil, and not at it', async (store, start) => {
    const { id } = await added(store, start);
    assert.ok(await store.access(id, 0, start + ACTIVE - 1));
    assert.equal(await store.access(id, 0, start + ACTIVE), undefined);
    assert.ok(await store.find(id, start + ACTIVE), 'still renewable');
  });

  promise('E6 what access admits is what count counts, at every edge', async (store, start) => {
    const records = await inParallel(5, (index) =>
      added(store, start, { activeUntil: start + (10 + index) * SECOND, username: `user-${index}` }),
    );
    for (let second = 9; second <= 15; second += 1) {
      for (const now of [start + second * SECOND - 1, start + second * SECOND]) {
        const admitted = await inParallel(records.length, (index) =>
          store.access(records[index]!.id, 0, now),
        );
        assert.equal(await store.count(now), admitted.filter((record) => record !== undefined).length);
      }
    }
  });

  promise('T4 access creates nothing for an id that was never issued', async (store, start) => {
    assert.equal(await store.access('AAAAAAAAAAAAAAAAAAAAAA', 0, start), undefined);
    assert.equal(await store.find('AAAAAAAAAAAAAAAAAAAAAA', start), undefined);
    assert.equal(await store.count(start), 0);
  });

  promise(
    'find leaves no trace, and is there 1 ms before renewableUntil, not at it',
    async (store, start) => {
      const record = await added(store, start);
      sameRecord(await store.find(record.id, start + RENEWABLE - 1), record);
      assert.equal(await store.find(record.id, start + RENEWABLE), undefined);
    },
  );
}
