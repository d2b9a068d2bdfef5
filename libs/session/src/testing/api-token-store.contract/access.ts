import assert from 'node:assert/strict';
import type { ApiTokenStore } from '../../core/api-token-store.js';
import { SECOND } from '../../util/clock.js';
import type { Promises } from '../test-api.js';
import { put, putOwnerless, said, signedBy } from './fixtures.js';

export function accessPromises(promise: Promises<ApiTokenStore>): void {
  promise('a token that was put is there, and access notes the second', async (store, start) => {
    const record = await put(store, start, { label: 'CI of “leaf 3” 100 %=ä' });
    const now = start + 5 * SECOND + 1;
    const accessed = await store.access(record.jti, signedBy('alice', start), now);
    assert.deepEqual(said(accessed), { ...record, lastAccessed: start + 5 * SECOND });
    const [listed] = await store.listByUser('alice', now);
    assert.equal(listed?.lastAccessed, start + 5 * SECOND);
  });

  promise('T4 access creates nothing for a jti that was never put', async (store, start) => {
    assert.equal(await store.access('unknown', signedBy('alice', start), start), undefined);
    assert.deepEqual(await store.listByUser('alice', start), []);
  });

  promise('E5 a token is there 1 ms before its expiry, and not at it', async (store, start) => {
    const { jti, expiresAt } = await put(store, start);
    assert.ok(await store.access(jti, signedBy('alice', start), expiresAt - 1));
    assert.equal(await store.access(jti, signedBy('alice', start), expiresAt), undefined);
  });

  promise('refuses a token whose signature names another user than its record', async (store, start) => {
    const { jti } = await put(store, start);
    assert.equal(await store.access(jti, signedBy('mallory', start), start), undefined);
    assert.ok(await store.access(jti, signedBy('alice', start), start));
  });

  promise('admits a token without an owner for whomever it was signed', async (store, start) => {
    const { jti } = await putOwnerless(store, start);
    assert.ok(await store.access(jti, signedBy('alice', start), start));
  });

  promise('a now that is earlier by less than a minute counts as the latest seen', async (store, start) => {
    const { jti, expiresAt } = await put(store, start);
    await store.listByUser('alice', expiresAt);
    assert.equal(await store.access(jti, signedBy('alice', start), expiresAt - 59_000), undefined);
    assert.deepEqual(await store.listByUser('alice', expiresAt - 59_000), []);
  });

  promise('a now that is earlier by more than a minute is the truth', async (store, start) => {
    const { jti, expiresAt } = await put(store, start);
    await store.listByUser('alice', expiresAt + 3_600_000);
    assert.equal((await store.access(jti, signedBy('alice', start), start))?.jti, jti);
    assert.equal((await store.listByUser('alice', start)).length, 1);
  });

  promise('a token that is dated more than a minute ahead is not there', async (store, start) => {
    const { jti } = await put(store, start + 61_000);
    const before = start - SECOND;
    assert.equal(await store.access(jti, signedBy('alice', start), before), undefined);
    assert.deepEqual(await store.listByUser('alice', before), []);
  });

  promise('R2 revokeByUser by a clock that is ahead ends what that takes for over', async (store, start) => {
    const { jti, expiresAt } = await put(store, start);
    assert.deepEqual(await store.revokeByUser('alice', expiresAt + 3_600_000), []);
    assert.equal(await store.access(jti, signedBy('alice', start), start), undefined);
  });

  promise(
    'R2 an end of all holds, whatever was ended before by a clock that was ahead',
    async (store, start) => {
      const { jti } = await putOwnerless(store, start - 1000);
      await store.revokeByUser('alice', start + 86_400_000);
      await store.revokeByUser('alice', start);
      assert.equal(await store.access(jti, signedBy('alice', start - 1000), start + 1000), undefined);
      await store.revokeByUser('alice', start + 172_800_000);
      assert.equal(await store.access(jti, signedBy('alice', start - 1000), start + 1000), undefined);
    },
  );

  promise('a cut-off by a clock that was ahead does not outlive that', async (store, start) => {
    await store.revokeByUser('alice', start + 86_400_000);
    const { jti } = await putOwnerless(store, start);
    assert.equal((await store.access(jti, signedBy('alice', start), start))?.jti, jti);
  });

  promise('tokens put in parallel are all there', async (store, start) => {
    const records = await Promise.all(Array.from({ length: 30 }, () => put(store, start)));
    const listed = (await store.listByUser('alice', start)).map(({ jti }) => jti);
    assert.deepEqual(listed.sort(), records.map(({ jti }) => jti).sort());
  });
}
