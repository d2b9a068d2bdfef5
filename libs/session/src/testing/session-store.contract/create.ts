import assert from 'node:assert/strict';
import { SECOND } from '../../util/clock.js';
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
  REUSE,
  sameRecord,
  UNLIMITED,
} from './fixtures.js';

export function createPromises(promise: Promises<SessionStore>): void {
  promise('creates a session, and then it is there', async (store, start) => {
    const record = newSession(start);
    const { evicted } = expectOutcome(await store.create(record, UNLIMITED, start), 'created');
    assert.deepEqual(evicted, []);
    sameRecord(await store.find(record.id, start), record);
  });

  promise('keeps every member that a record may have', async (store, start) => {
    const record = await added(store, start, {
      username: 'Zoë O’Neil <%=;/{}|"> 𝒵',
      generation: 3,
      createdAt: start - 50 * SECOND,
      refreshExpiresAt: start + 500 * SECOND,
      previousUntil: start + 10 * SECOND,
      attempt: 'attempt-3',
      endsAt: start + 5000 * SECOND,
      idleTimeout: 900 * SECOND,
      slideBy: 30 * SECOND,
      details: Object.freeze({
        userAgent: 'a "b"\n\\ é',
        ip: '::1',
        label: '',
        own: '𝒵',
        toString: 'own too',
      }),
    });
    sameRecord(await store.find(record.id, start), record);
  });

  promise('keeps apart usernames that look alike', async (store, start) => {
    const names = ['alice', 'Alice', 'alice ', 'al:ice', '{alice}', '__proto__', 'constructor'];
    const records = await inParallel(names.length, (index) =>
      added(store, start, { username: names[index] }),
    );
    for (const [index, username] of names.entries()) {
      assert.deepEqual(idsOf(await store.listByUser(username, start)), [records[index]!.id]);
    }
  });

  promise('answers limit-reached with how many are active, and creates nothing', async (store, start) => {
    await added(store, start);
    await added(store, start, { username: 'bob' });
    const refused = newSession(start, { username: 'carol' });
    const reached = expectOutcome(await store.create(refused, limit(2), start), 'limit-reached');
    assert.deepEqual(reached, { outcome: 'limit-reached', scope: 'all', active: 2 });
    assert.equal(await store.find(refused.id, start), undefined);
    assert.deepEqual(await store.listByUser('carol', start), []);
    assert.equal(await store.count(start), 2);
  });

  promise(
    'C1 keeps the limit exactly under parallel creations: 100 at a limit of 3',
    async (store, start) => {
      const results = await inParallel(100, (index) =>
        store.create(newSession(start, { username: `user-${index % 7}` }), limit(3), start),
      );
      assert.equal(results.filter(({ outcome }) => outcome === 'created').length, 3);
      assert.equal(results.filter(({ outcome }) => outcome === 'limit-reached').length, 97);
      assert.equal(await store.count(start), 3);
    },
  );

  promise('C2 a lapsed session holds no slot from the instant of its activeUntil', async (store, start) => {
    await added(store, start);
    const before = start + ACTIVE - 1;
    expectOutcome(await store.create(newSession(start), limit(1), before), 'limit-reached');
    expectOutcome(await store.create(newSession(start + ACTIVE), limit(1), start + ACTIVE), 'created');
  });

  promise('gives a user as many sessions as asked for without reuseExisting', async (store, start) => {
    for (let index = 0; index < 3; index += 1) await added(store, start + index * SECOND);
    assert.equal((await store.listByUser('alice', start + 2 * SECOND)).length, 3);
  });

  promise(
    'reuseExisting answers the oldest active session of the user, also while full',
    async (store, start) => {
      await added(store, start - 300 * SECOND, { activeUntil: start });
      const oldest = await added(store, start);
      await added(store, start + SECOND);
      const now = start + 2 * SECOND;
      const again = await store.create(newSession(now), limit(1, { reuseExisting: true }), now);
      sameRecord(expectOutcome(again, 'existing').record, oldest);
      assert.equal(await store.count(now), 2);
    },
  );

  promise('reuseExisting creates for a user who has no active session', async (store, start) => {
    await added(store, start, { username: 'bob' });
    await added(store, start - ACTIVE, { activeUntil: start });
    const record = newSession(start);
    expectOutcome(await store.create(record, REUSE, start), 'created');
    expectOutcome(
      await store.create(newSession(start, { username: 'carol' }), limit(2, { reuseExisting: true }), start),
      'limit-reached',
    );
  });

  promise('reuseExisting gives parallel logins of one user one session', async (store, start) => {
    const results = await inParallel(50, () => store.create(newSession(start), REUSE, start));
    assert.equal(results.filter(({ outcome }) => outcome === 'created').length, 1);
    const [alone, ...others] = await store.listByUser('alice', start);
    assert.deepEqual(others, []);
    for (const result of results)
      if (result.outcome === 'existing') assert.equal(result.record.id, alone?.id);
  });

  promise(
    'answers a repeated creation of one id as the first time, also while full',
    async (store, start) => {
      const record = newSession(start);
      for (const rules of [limit(1), limit(1), limit(1, { reuseExisting: true })]) {
        const { evicted } = expectOutcome(await store.create(record, rules, start), 'created');
        assert.deepEqual(evicted, []);
      }
      assert.equal(await store.count(start), 1);
      assert.equal((await store.listByUser('alice', start)).length, 1);
    },
  );

  promise(
    'E5 creates anew under an id that is over, and a sweep takes only the old one',
    async (store, start) => {
      const old = await added(store, start);
      const later = start + RENEWABLE;
      const renewed = await added(store, later, { id: old.id });
      await store.sweepExpired(later, { budgetMs: 1000, batchSize: 100 });
      sameRecord(await store.find(old.id, later), renewed);
      assert.deepEqual(idsOf(await store.listByUser('alice', later)), [old.id]);
      assert.equal(await store.count(later), 1);
    },
  );
}
