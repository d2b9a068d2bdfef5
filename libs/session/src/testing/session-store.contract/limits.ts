import assert from 'node:assert/strict';
import { SECOND } from '../../util/clock.js';
import type { LimitRules, SessionStore } from '../../core/session-store.js';
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

const EVICT = { onLimit: 'evict-oldest', onUserLimit: 'evict-oldest' } as const;

export function limitPromises(promise: Promises<SessionStore>): void {
  promise('C1 a user’s own limit is kept, whatever others have', async (store, start) => {
    const rules = limit(Infinity, { maxPerUser: 2 });
    for (const username of ['alice', 'bob', 'alice', 'bob']) {
      expectOutcome(await store.create(newSession(start, { username }), rules, start), 'created');
    }
    const refused = newSession(start);
    assert.deepEqual(await store.create(refused, rules, start), {
      outcome: 'limit-reached',
      scope: 'user',
      active: 2,
    });
    assert.equal(await store.find(refused.id, start), undefined);
    assert.equal(await store.count(start), 4);
  });

  promise('C2 a lapsed session holds no slot of its user’s', async (store, start) => {
    await added(store, start);
    const rules = limit(Infinity, { maxPerUser: 1 });
    const before = start + ACTIVE - 1;
    expectOutcome(await store.create(newSession(start), rules, before), 'limit-reached');
    expectOutcome(await store.create(newSession(start + ACTIVE), rules, start + ACTIVE), 'created');
  });

  promise('reuseExisting is judged before a user’s limit', async (store, start) => {
    const { id } = await added(store, start);
    const rules = limit(1, { maxPerUser: 1, reuseExisting: true, ...EVICT });
    const again = await store.create(newSession(start), rules, start);
    assert.equal(expectOutcome(again, 'existing').record.id, id);
  });

  promise('evict-oldest ends the user’s oldest active session and names it', async (store, start) => {
    const lapsed = await added(store, start - ACTIVE, { activeUntil: start });
    const [oldest, newer] = [await added(store, start), await added(store, start + SECOND)];
    const now = start + 2 * SECOND;
    await store.access(oldest.id, 0, now);
    const rules = limit(Infinity, { maxPerUser: 2, onUserLimit: 'evict-oldest' });
    const newest = newSession(now);
    const { evicted } = expectOutcome(await store.create(newest, rules, now), 'created');
    assert.deepEqual(evicted, [{ id: oldest.id, username: 'alice' }]);
    assert.deepEqual(idsOf(await store.listByUser('alice', now)), [lapsed.id, newer.id, newest.id]);
    assert.equal(await store.access(oldest.id, 0, now), undefined);
    assert.equal(await store.count(now), 2);
  });

  promise('evict-idle ends the user’s session that was not used for longest', async (store, start) => {
    const [first, second, third] = [
      await added(store, start),
      await added(store, start),
      await added(store, start),
    ];
    const now = start + 5 * SECOND;
    await store.access(third.id, 0, start + SECOND);
    await store.access(first.id, 0, now);
    const rules = limit(Infinity, { maxPerUser: 3, onUserLimit: 'evict-idle' });
    const one = expectOutcome(await store.create(newSession(now), rules, now), 'created');
    assert.deepEqual(idsOf(one.evicted), [second.id]);
    const two = expectOutcome(await store.create(newSession(now), rules, now), 'created');
    assert.deepEqual(idsOf(two.evicted), [third.id]);
  });

  promise('of sessions used last in one second, evict-idle ends the older', async (store, start) => {
    const [older] = [await added(store, start), await added(store, start + SECOND)];
    const now = start + 2 * SECOND;
    for (const { id } of await store.listByUser('alice', now)) await store.access(id, 0, now);
    const rules = limit(Infinity, { maxPerUser: 2, onUserLimit: 'evict-idle' });
    const { evicted } = expectOutcome(await store.create(newSession(now), rules, now), 'created');
    assert.deepEqual(idsOf(evicted), [older.id]);
  });

  promise('a user’s limit never ends another user’s session', async (store, start) => {
    const other = await added(store, start - SECOND, { username: 'bob' });
    const own = await added(store, start);
    const { evicted } = expectOutcome(
      await store.create(newSession(start), limit(Infinity, { maxPerUser: 1, ...EVICT }), start),
      'created',
    );
    assert.deepEqual(idsOf(evicted), [own.id]);
    assert.ok(await store.access(other.id, 0, start));
  });

  promise(
    'evict-oldest at the limit of all ends what has held its slot for longest',
    async (store, start) => {
      const oldest = await added(store, start, { username: 'bob' });
      const next = await added(store, start, { username: 'carol' });
      const rules = limit(2, EVICT);
      const one = expectOutcome(await store.create(newSession(start), rules, start), 'created');
      assert.deepEqual(one.evicted, [{ id: oldest.id, username: 'bob' }]);
      const two = expectOutcome(await store.create(newSession(start), rules, start), 'created');
      assert.deepEqual(two.evicted, [{ id: next.id, username: 'carol' }]);
      assert.equal(await store.count(start), 2);
      assert.equal(await store.find(oldest.id, start), undefined);
    },
  );

  promise('evict-oldest passes over lapsed sessions, which hold no slot', async (store, start) => {
    const lapsed = await added(store, start, { username: 'bob' });
    const now = start + ACTIVE;
    const oldest = await added(store, now, { username: 'carol' });
    await added(store, now, { username: 'dave' });
    const { evicted } = expectOutcome(await store.create(newSession(now), limit(2, EVICT), now), 'created');
    assert.deepEqual(idsOf(evicted), [oldest.id]);
    assert.ok(await store.find(lapsed.id, now));
  });

  promise(
    'evict-oldest keeps its order when sessions in the middle of it have ended',
    async (store, start) => {
      const queue = [];
      for (let index = 0; index < 5; index += 1) queue.push(await added(store, start));
      const [first, second, third, fourth, fifth] = idsOf(queue);
      for (const id of [second!, third!]) await store.revoke(id, 'logout', {}, start);
      const going = [];
      for (let index = 0; index < 3; index += 1) {
        const { evicted } = expectOutcome(
          await store.create(newSession(start), limit(3, EVICT), start),
          'created',
        );
        going.push(...idsOf(evicted));
      }
      assert.deepEqual(going, [first, fourth, fifth]);
      assert.equal(await store.count(start), 3);
    },
  );

  promise(
    'a refresh of a lapsed session takes a slot anew, at the end of the queue',
    async (store, start) => {
      const revived = await added(store, start, { username: 'bob' });
      const now = start + ACTIVE;
      const oldest = await added(store, now, { username: 'carol' });
      await store.rotate(revived.id, { from: 0, attempt: 'a', next: rotationAt(now), rules: UNLIMITED }, now);
      const { evicted } = expectOutcome(await store.create(newSession(now), limit(2, EVICT), now), 'created');
      assert.deepEqual(idsOf(evicted), [oldest.id]);
    },
  );

  promise('a refresh of an active session keeps its slot and its place', async (store, start) => {
    const first = await added(store, start, { username: 'bob' });
    await added(store, start, { username: 'carol' });
    const kept = await store.rotate(
      first.id,
      { from: 0, attempt: 'a', next: rotationAt(start), rules: limit(1, EVICT) },
      start,
    );
    assert.deepEqual(expectOutcome(kept, 'rotated').evicted, []);
    const { evicted } = expectOutcome(
      await store.create(newSession(start), limit(2, EVICT), start),
      'created',
    );
    assert.deepEqual(idsOf(evicted), [first.id]);
  });

  promise('a refresh of a lapsed session evicts for its slot, or is refused', async (store, start) => {
    const { id } = await added(store, start);
    const now = start + ACTIVE;
    const own = await added(store, now);
    const other = await added(store, now, { username: 'bob' });
    const refresh = (rules: LimitRules) =>
      store.rotate(id, { from: 0, attempt: 'a', next: rotationAt(now), rules }, now);
    const byUser = expectOutcome(await refresh(limit(9, { maxPerUser: 1 })), 'limit-reached');
    assert.deepEqual([byUser.scope, byUser.active], ['user', 1]);
    assert.equal(expectOutcome(await refresh(limit(2)), 'limit-reached').scope, 'all');
    const rotated = expectOutcome(await refresh(limit(1, { maxPerUser: 1, ...EVICT })), 'rotated');
    assert.deepEqual(idsOf(rotated.evicted), [own.id, other.id]);
    assert.equal(await store.count(now), 1);
  });

  promise(
    'what goes at a user’s limit frees a slot of all, and nobody goes in vain',
    async (store, start) => {
      const own = await added(store, start);
      await added(store, start, { username: 'bob' });
      const both = limit(2, { maxPerUser: 1, onUserLimit: 'evict-oldest' });
      const { evicted } = expectOutcome(await store.create(newSession(start), both, start), 'created');
      assert.deepEqual(idsOf(evicted), [own.id]);
      await added(store, start, { username: 'carol' });
      const full = limit(2, { maxPerUser: 1, onUserLimit: 'evict-oldest' });
      const before = await store.count(start);
      expectOutcome(await store.create(newSession(start), full, start), 'limit-reached');
      assert.equal(await store.count(start), before);
      assert.equal((await store.listByUser('alice', start)).length, 1);
    },
  );

  promise('a limit that was lowered evicts as many as are too many', async (store, start) => {
    for (let index = 0; index < 5; index += 1) await added(store, start);
    const rules = limit(Infinity, { maxPerUser: 2, onUserLimit: 'evict-oldest' });
    const { evicted } = expectOutcome(await store.create(newSession(start), rules, start), 'created');
    assert.equal(evicted.length, 4);
    assert.equal(await store.count(start), 2);
  });

  promise('a limit of 0 refuses, and evicts nobody', async (store, start) => {
    await added(store, start);
    for (const rules of [limit(0, EVICT), limit(9, { maxPerUser: 0, ...EVICT })]) {
      expectOutcome(await store.create(newSession(start), rules, start), 'limit-reached');
    }
    assert.equal(await store.count(start), 1);
  });

  promise('C1 eviction is exact under parallel creations: 100 at limits of 3', async (store, start) => {
    const rules = limit(3, { maxPerUser: 2, onUserLimit: 'evict-idle', onLimit: 'evict-oldest' });
    const results = await inParallel(100, (index) =>
      store.create(newSession(start, { username: `user-${index % 5}` }), rules, start),
    );
    const evicted = results.flatMap((result) => idsOf(expectOutcome(result, 'created').evicted));
    assert.equal(new Set(evicted).size, 97, 'each of them once');
    assert.equal(await store.count(start), 3);
    for (let user = 0; user < 5; user += 1) {
      assert.ok((await store.listByUser(`user-${user}`, start)).length <= 2);
    }
  });

  promise('R7 an evicted session is not revived by a refresh or an access', async (store, start) => {
    const { id } = await added(store, start);
    await store.create(newSession(start), limit(1, EVICT), start);
    assert.equal(await store.access(id, 0, start), undefined);
    expectOutcome(
      await store.rotate(id, { from: 0, attempt: 'a', next: rotationAt(start), rules: UNLIMITED }, start),
      'gone',
    );
    assert.equal(await store.revoke(id, 'logout', {}, start), undefined);
    assert.equal(await store.count(start + RENEWABLE), 0);
  });
}
