import assert from 'node:assert/strict';
import type { SessionChange, SessionStore } from '../../core/session-store.js';
import { listen } from '../told.js';
import type { Promises } from '../test-api.js';
import { ACTIVE, added, limit, newSession, refreshed, RENEWABLE, UNLIMITED } from './fixtures.js';

const EVICT = { onLimit: 'evict-oldest' } as const;

/** All of them hold only where a store tells at all. */
export function subscribePromises(promise: Promises<SessionStore>): void {
  promise('a listener hears of each end: which session, whose, and why', async (store, start) => {
    const told = listen<SessionChange>(store);
    if (told === undefined) return;
    const expected: SessionChange[] = [];
    for (const reason of ['logout', 'revoked', 'reuse'] as const) {
      const { id, username } = await added(store, start, { username: reason });
      await store.revoke(id, reason, { username }, start);
      expected.push({ type: 'ended', id, username, reason });
    }
    const [first, second] = [await added(store, start), await added(store, start)];
    await store.revokeByUser('alice', {}, start);
    for (const { id } of [first, second]) {
      expected.push({ type: 'ended', id, username: 'alice', reason: 'revoked' });
    }
    const evicted = await added(store, start, { username: 'bob' });
    await store.create(newSession(start), limit(1, EVICT), start);
    expected.push({ type: 'ended', id: evicted.id, username: 'bob', reason: 'evicted' });
    await told.until(expected.length);
    same(told.changes, expected);
  });

  promise('a listener hears of a refresh, and of who had to go for it', async (store, start) => {
    const told = listen<SessionChange>(store);
    if (told === undefined) return;
    const { id } = await added(store, start);
    await refreshed(store, id, start);
    const now = start + ACTIVE;
    const other = await added(store, now, { username: 'bob' });
    await refreshed(store, id, now, { from: 1, attempt: 'b', rules: limit(1, EVICT) });
    await told.until(3);
    const rotated = { type: 'rotated', id, username: 'alice' } as const;
    same(told.changes, [
      rotated,
      { type: 'ended', id: other.id, username: 'bob', reason: 'evicted' },
      rotated,
    ]);
  });

  promise('a listener hears of an end of all once, and whom it spared', async (store, start) => {
    const told = listen<SessionChange>(store);
    if (told === undefined) return;
    const kept = await added(store, start);
    await added(store, start);
    await store.revokeAll({ except: kept.id }, start);
    await store.revokeAll({}, start);
    await told.until(2);
    same(told.changes, [{ type: 'ended-all', except: kept.id }, { type: 'ended-all' }]);
  });

  promise(
    'a listener hears of nothing else: no login, no access, no refusal, no expiry, no sweep',
    async (store, start) => {
      const told = listen<SessionChange>(store);
      if (told === undefined) return;
      const record = await added(store, start, { details: { label: 'phone' } });
      const { id } = record;
      await store.create(record, UNLIMITED, start);
      await store.create(newSession(start), limit(1), start);
      await store.access(id, 0, start);
      await store.access(id, 7, start);
      await store.amend(id, { details: { label: 'tablet' } }, start);
      await store.revoke(id, 'logout', { username: 'mallory' }, start);
      await store.revoke(newSession(start).id, 'logout', {}, start);
      await store.revokeByUser('bob', {}, start);
      await store.revokeByUser('alice', { except: id }, start);
      await store.browse({ limit: 1 }, start);
      await refreshed(store, newSession(start).id, start);
      await refreshed(store, id, start);
      await refreshed(store, id, start);
      await refreshed(store, id, start, { attempt: 'b' });
      const over = start + RENEWABLE;
      await store.find(id, over);
      await store.revoke(id, 'logout', {}, over);
      await store.sweepExpired(over, { budgetMs: 1000, batchSize: 100 });
      const last = await added(store, over);
      await store.revoke(last.id, 'logout', {}, over);
      await told.until(2);
      same(told.changes, [
        { type: 'rotated', id, username: 'alice' },
        { type: 'ended', id: last.id, username: 'alice', reason: 'logout' },
      ]);
    },
  );

  promise('a listener is told after the step, and finds the store as it is then', async (store, start) => {
    const found: Promise<unknown>[] = [];
    const look = async (change: SessionChange) => [
      await store.count(start),
      'id' in change && (await store.find(change.id, start))?.generation,
    ];
    const unsubscribe = store.subscribe?.((change) => found.push(look(change)));
    const told = listen<SessionChange>(store);
    if (unsubscribe === undefined || told === undefined) return;
    const finds = async (...expected: unknown[]) => {
      await told.until(expected.length);
      assert.deepEqual(await Promise.all(found.splice(0)), expected);
      told.changes.length = 0;
    };
    const { id } = await added(store, start);
    await added(store, start);
    await refreshed(store, id, start);
    await finds([2, 1]);
    await store.create(newSession(start), limit(1, EVICT), start);
    await finds([1, undefined], [1, undefined]);
    await added(store, start);
    await store.revokeByUser('alice', {}, start);
    await finds([0, undefined], [0, undefined]);
    await added(store, start);
    await store.revokeAll({}, start);
    await finds([0, false]);
    unsubscribe();
  });

  promise(
    'what a listener throws changes nothing, for the verb or for other listeners',
    async (store, start) => {
      const unsubscribe = store.subscribe?.(() => {
        throw new Error('A listener of the test fails');
      });
      const told = listen<SessionChange>(store);
      if (unsubscribe === undefined || told === undefined) return;
      const [first, second] = [await added(store, start), await added(store, start, { username: 'bob' })];
      await refreshed(store, first.id, start);
      assert.equal((await store.revoke(first.id, 'logout', {}, start))?.generation, 1);
      const created = await store.create(newSession(start), limit(1, EVICT), start);
      assert.deepEqual(created, { outcome: 'created', evicted: [{ id: second.id, username: 'bob' }] });
      assert.equal(await store.revokeAll({}, start), 1);
      await told.until(4);
      assert.deepEqual(
        told.changes.map(({ type }) => type),
        ['rotated', 'ended', 'ended', 'ended-all'],
      );
    },
  );

  promise('a listener that unsubscribed hears no more; the others do', async (store, start) => {
    const [leaving, staying] = [listen<SessionChange>(store), listen<SessionChange>(store)];
    if (leaving === undefined || staying === undefined) return;
    await store.revoke((await added(store, start)).id, 'logout', {}, start);
    await Promise.all([leaving.until(1), staying.until(1)]);
    leaving.unsubscribe();
    leaving.unsubscribe();
    await store.revoke((await added(store, start)).id, 'logout', {}, start);
    await staying.until(2);
    assert.deepEqual([leaving.changes.length, staying.changes.length], [1, 2]);
  });

  promise('one function that subscribes twice is told twice, and leaves one by one', async (store, start) => {
    let times = 0;
    const listener = () => (times += 1);
    const [first, second] = [store.subscribe?.(listener), store.subscribe?.(listener)];
    const told = listen<SessionChange>(store);
    if (told === undefined) return;
    for (const [earlier, leave] of [first, second, undefined].entries()) {
      await store.revoke((await added(store, start)).id, 'logout', {}, start);
      await told.until(earlier + 1);
      leave?.();
    }
    assert.equal(times, 3);
  });
}

/** Changes compare by what they say, in any order; why a session ended a store need not know. */
function same(actual: readonly SessionChange[], expected: readonly SessionChange[]): void {
  const knowsWhy = actual.some((change) => change.type === 'ended' && change.reason !== undefined);
  const said = (changes: readonly SessionChange[]) =>
    changes.map((change) => {
      const { type, id, username, reason, except } = change as Readonly<Record<string, string>>;
      return JSON.stringify([type, id, username, except, knowsWhy && reason]);
    });
  assert.deepEqual(said(actual).sort(), said(expected).sort());
}
