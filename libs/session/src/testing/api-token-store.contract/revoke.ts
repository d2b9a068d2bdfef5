import assert from 'node:assert/strict';
import type { ApiTokenStore } from '../../core/api-token-store.js';
import type { Promises } from '../test-api.js';
import { put, putOwnerless, said, signedBy } from './fixtures.js';

export function revokePromises(promise: Promises<ApiTokenStore>): void {
  promise(
    'R1 R5 revoke ends a token at once; answers its record once, and then undefined',
    async (store, start) => {
      const record = await put(store, start);
      assert.deepEqual(said(await store.revoke(record.jti, {}, start)), record);
      assert.equal(await store.access(record.jti, signedBy('alice', start), start), undefined);
      assert.deepEqual(await store.listByUser('alice', start), []);
      assert.equal(await store.revoke(record.jti, {}, start), undefined);
    },
  );

  promise('R5 of parallel revocations exactly one answers the record', async (store, start) => {
    const { jti } = await put(store, start);
    const answers = await Promise.all(Array.from({ length: 10 }, async () => store.revoke(jti, {}, start)));
    assert.equal(answers.filter((record) => record !== undefined).length, 1);
  });

  promise('revoke with a username ends only that user’s token', async (store, start) => {
    const record = await put(store, start);
    const ownerless = await putOwnerless(store, start);
    assert.equal(await store.revoke(record.jti, { username: 'mallory' }, start), undefined);
    assert.equal(await store.revoke(ownerless.jti, { username: 'mallory' }, start), undefined);
    assert.ok(await store.access(record.jti, signedBy('alice', start), start));
    assert.ok(await store.access(ownerless.jti, signedBy('alice', start), start));
    assert.deepEqual((await store.revoke(record.jti, { username: 'alice' }, start))?.jti, record.jti);
  });

  promise('revoke with a username that is none ends nobody’s token', async (store, start) => {
    const record = await put(store, start);
    const ownerless = await putOwnerless(store, start);
    for (const { jti } of [record, ownerless]) {
      assert.equal(await store.revoke(jti, { username: undefined }, start), undefined);
      assert.ok(await store.access(jti, signedBy('alice', start), start));
    }
  });

  promise('revoke answers the record of an expired token that no sweep has dropped', async (store, start) => {
    const { jti, expiresAt } = await put(store, start);
    assert.equal((await store.revoke(jti, {}, expiresAt))?.jti, jti);
  });

  promise('revoke of a token without an owner ends it', async (store, start) => {
    const { jti } = await putOwnerless(store, start);
    assert.equal((await store.revoke(jti, {}, start))?.jti, jti);
    assert.equal(await store.access(jti, signedBy('alice', start), start), undefined);
  });

  promise('R7 an access racing a revocation never revives the token', async (store, start) => {
    const { jti } = await put(store, start);
    await Promise.all([
      store.access(jti, signedBy('alice', start), start),
      store.revoke(jti, {}, start),
      store.access(jti, signedBy('alice', start), start),
    ]);
    assert.equal(await store.access(jti, signedBy('alice', start), start), undefined);
  });
}
