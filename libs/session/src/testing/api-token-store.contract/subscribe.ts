import assert from 'node:assert/strict';
import type { ApiTokenChange, ApiTokenStore } from '../../core/api-token-store.js';
import { listen } from '../told.js';
import type { Promises } from '../test-api.js';
import { LIFETIME, put, putOwnerless, recordOf, signedBy } from './fixtures.js';

/** All of them hold only where a store tells at all. */
export function subscribePromises(promise: Promises<ApiTokenStore>): void {
  promise('a listener hears of each end: which token, and whose', async (store, start) => {
    const told = listen<ApiTokenChange>(store);
    if (told === undefined) return;
    const tokens = [await put(store, start), await putOwnerless(store, start)];
    for (const { jti } of tokens) await store.revoke(jti, {}, start);
    tokens.push(await put(store, start, { username: 'bob' }), await put(store, start, { username: 'bob' }));
    await store.revokeByUser('bob', start);
    await store.revokeAll(start);
    await told.until(5);
    const ended = tokens.map(({ jti, username }) => ({ type: 'ended' as const, jti, username }));
    same(told.changes, [...ended, { type: 'ended-all' }]);
  });

  promise(
    'a listener hears of nothing else: no registration, no access, no refusal, no expiry, no sweep',
    async (store, start) => {
      const told = listen<ApiTokenChange>(store);
      if (told === undefined) return;
      const { jti } = await put(store, start);
      await store.access(jti, signedBy('alice', start), start);
      await store.access(jti, signedBy('mallory', start), start);
      await store.revoke(jti, { username: 'mallory' }, start);
      await store.revoke(recordOf(start).jti, {}, start);
      await store.revokeByUser('mallory', start);
      await store.browse({ limit: 1 }, start);
      const over = start + LIFETIME;
      await store.listByUser('alice', over);
      await store.sweepExpired(over, { budgetMs: 1000, batchSize: 100 });
      const last = await put(store, over);
      await store.revoke(last.jti, {}, over);
      await told.until(1);
      same(told.changes, [{ type: 'ended', jti: last.jti, username: 'alice' }]);
    },
  );

  promise('a listener is told after the step, and finds the store as it is then', async (store, start) => {
    const found: unknown[] = [];
    const unsubscribe = store.subscribe?.((change) => {
      if (change.type === 'ended') found.push(store.access(change.jti, signedBy('alice', start), start));
      else found.push(Promise.resolve(store.listByUser('alice', start)).then((list) => list[0]));
    });
    const told = listen<ApiTokenChange>(store);
    if (unsubscribe === undefined || told === undefined) return;
    const [{ jti }] = [await put(store, start), await put(store, start)];
    await store.revoke(jti, {}, start);
    await store.revokeAll(start);
    await told.until(2);
    assert.deepEqual(await Promise.all(found), [undefined, undefined]);
    unsubscribe();
  });

  promise(
    'what a listener throws changes nothing, for the verb or for other listeners',
    async (store, start) => {
      const unsubscribe = store.subscribe?.(() => {
        throw new Error('A listener of the test fails');
      });
      const told = listen<ApiTokenChange>(store);
      if (unsubscribe === undefined || told === undefined) return;
      const [first, second] = [await put(store, start), await put(store, start)];
      assert.equal((await store.revoke(first.jti, {}, start))?.jti, first.jti);
      assert.deepEqual(await store.revokeByUser('alice', start), [second.jti]);
      assert.equal(await store.revokeAll(start), 0);
      await told.until(2);
      unsubscribe();
    },
  );

  promise('a listener that unsubscribed hears no more; the others do', async (store, start) => {
    const [leaving, staying] = [listen<ApiTokenChange>(store), listen<ApiTokenChange>(store)];
    if (leaving === undefined || staying === undefined) return;
    await store.revoke((await put(store, start)).jti, {}, start);
    await Promise.all([leaving.until(1), staying.until(1)]);
    leaving.unsubscribe();
    await store.revoke((await put(store, start)).jti, {}, start);
    await staying.until(2);
    assert.deepEqual([leaving.changes.length, staying.changes.length], [1, 2]);
  });
}

/** Changes compare by what they say, in any order. */
function same(actual: readonly ApiTokenChange[], expected: readonly ApiTokenChange[]): void {
  const said = (changes: readonly ApiTokenChange[]) =>
    changes.map((change) => {
      const { type, jti, username } = change as Readonly<Record<string, string>>;
      return JSON.stringify([type, jti, username]);
    });
  assert.deepEqual(said(actual).sort(), said(expected).sort());
}
