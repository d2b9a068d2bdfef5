import assert from 'node:assert/strict';
import { SECOND } from '../../core/expiry.js';
import type { SessionRecord } from '../../core/session.js';
import type { SessionStore } from '../../core/session-store.js';
import type { Promises } from '../test-api.js';
import {
  ACTIVE,
  added,
  expectOutcome,
  idsOf,
  inParallel,
  limit,
  newSession,
  RENEWABLE,
  rotationAt,
  UNLIMITED,
} from './fixtures.js';

const BUDGET = { budgetMs: 1000, batchSize: 100 };

/** Every verb that is told the time, in its most harmless form. */
const VERBS: Readonly<Record<string, (store: SessionStore, record: SessionRecord, now: number) => unknown>> =
  {
    create: (store, _record, now) => store.create(newSession(now, { username: 'bob' }), limit(0), now),
    access: (store, { id }, now) => store.access(id, 0, now),
    rotate: (store, { id }, now) => store.rotate(id, 0, 'a', rotationAt(now), UNLIMITED, now),
    find: (store, { id }, now) => store.find(id, now),
    revoke: (store, { id }, now) => store.revoke(id, 'logout', now),
    revokeByUser: (store, { username }, now) => store.revokeByUser(username, {}, now),
    listByUser: (store, { username }, now) => store.listByUser(username, now),
    count: (store, _record, now) => store.count(now),
    sweepExpired: (store, _record, now) => store.sweepExpired(now, BUDGET),
  };

export function earlierNowPromises(promise: Promises<SessionStore>): void {
  for (const [verb, call] of Object.entries(VERBS)) {
    promise(`an earlier now counts as the latest seen, if ${verb} saw that`, async (store, start) => {
      const record = await added(store, start);
      await call(store, record, start + RENEWABLE);
      assert.equal(await store.find(record.id, start), undefined);
      assert.equal(await store.access(record.id, 0, start), undefined);
      assert.equal(await store.count(start), 0);
    });
  }

  promise(
    'an earlier now counts as the latest seen, in every verb that answers by activeUntil',
    async (store, start) => {
      const { id } = await added(store, start);
      assert.equal(await store.count(start + ACTIVE), 0);
      assert.equal(await store.access(id, 0, start), undefined);
      assert.equal(await store.count(start), 0);
      expectOutcome(
        await store.create(newSession(start + ACTIVE), limit(1, { reuseExisting: true }), start),
        'created',
      );
      expectOutcome(await store.rotate(id, 0, 'a', rotationAt(start), limit(1), start), 'limit-reached');
    },
  );

  promise(
    'an earlier now counts as the latest seen, in every verb that answers by renewableUntil',
    async (store, start) => {
      const [first, second] = await inParallel(2, () => added(store, start));
      const kept = await added(store, start + SECOND);
      await store.count(start + RENEWABLE);
      assert.equal(await store.find(first!.id, start), undefined);
      assert.equal(await store.revoke(first!.id, 'logout', start), undefined);
      expectOutcome(await store.rotate(second!.id, 0, 'a', rotationAt(start), UNLIMITED, start), 'gone');
      assert.deepEqual(idsOf(await store.listByUser('alice', start)), [kept.id]);
      assert.deepEqual(await store.sweepExpired(start, BUDGET), { removed: 2, more: false });
      assert.deepEqual(await store.revokeByUser('alice', {}, start), [kept.id]);
    },
  );

  promise('an earlier now dates no access back, and reopens no grace window', async (store, start) => {
    const { id } = await added(store, start, { generation: 1, previousUntil: start + 5 * SECOND });
    await store.count(start + 5 * SECOND);
    assert.equal(await store.access(id, 0, start), undefined);
    assert.equal((await store.access(id, 1, start))?.lastAccessed, start + 5 * SECOND);
  });
}
