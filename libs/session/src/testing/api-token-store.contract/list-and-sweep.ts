import assert from 'node:assert/strict';
import type { ApiTokenRecord, ApiTokenStore } from '../../core/api-token-store.js';
import { SECOND } from '../../util/clock.js';
import type { Promises } from '../test-api.js';
import { LIFETIME, put, putOwnerless, said, signedBy } from './fixtures.js';

const LARGE = { budgetMs: 10_000, batchSize: 100 };

export function listAndSweepPromises(promise: Promises<ApiTokenStore>): void {
  promise('listByUser answers the user’s unexpired tokens, the oldest first', async (store, start) => {
    await put(store, start, { expiresAt: start + 2 * SECOND });
    const records: ApiTokenRecord[] = [];
    for (let index = 0; index < 4; index += 1) records.push(await put(store, start + index * SECOND));
    await put(store, start, { username: 'bob' });
    await putOwnerless(store, start);
    const listed = await store.listByUser('alice', start + 3 * SECOND);
    assert.deepEqual(listed.map(said), records);
    assert.deepEqual(await store.listByUser('nobody', start), []);
  });

  promise('records handed out are copies', async (store, start) => {
    const { jti } = await put(store, start);
    const accessed = await store.access(jti, signedBy('alice', start), start);
    for (const record of [accessed!, ...(await store.listByUser('alice', start))]) {
      Reflect.set(record, 'username', 'mallory');
      Reflect.set(record, 'expiresAt', Infinity);
    }
    assert.equal(await store.access(jti, signedBy('mallory', start), start), undefined);
    assert.ok(await store.access(jti, signedBy('alice', start), start));
    assert.equal(await store.access(jti, signedBy('alice', start), start + LIFETIME), undefined);
  });

  promise('sweepExpired drops what has expired, in slices, and nothing else', async (store, start) => {
    for (let index = 0; index < 5; index += 1) await put(store, start);
    const good = await put(store, start + SECOND);
    const now = start + LIFETIME;
    assert.deepEqual(await store.sweepExpired(now - 1, LARGE), { removed: 0, more: false });
    assert.deepEqual(await store.sweepExpired(now, { budgetMs: 0, batchSize: 1 }), {
      removed: 1,
      more: true,
    });
    assert.deepEqual(await store.sweepExpired(now, LARGE), { removed: 4, more: false });
    assert.ok(await store.access(good.jti, signedBy('alice', start), now));
  });

  promise('answers ping, and closes; twice is once', async (store) => {
    await store.ping();
    await Promise.all([store.close(), store.close()]);
    await store.close();
  });
}
