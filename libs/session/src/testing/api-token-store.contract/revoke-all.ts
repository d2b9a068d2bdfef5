import assert from 'node:assert/strict';
import type { ApiTokenStore } from '../../core/api-token-store.js';
import { SECOND } from '../../util/clock.js';
import type { Promises } from '../test-api.js';
import { LIFETIME, put, putOwnerless, recordOf, signedBy } from './fixtures.js';

const DAY = 86_400 * SECOND;

export function revokeAllPromises(promise: Promises<ApiTokenStore>): void {
  promise('R2 revokeAll ends all tokens of all users at once, for every verb', async (store, start) => {
    const tokens = [
      await put(store, start),
      await put(store, start, { username: 'bob' }),
      await putOwnerless(store, start),
    ];
    assert.equal(await store.revokeAll(start), 3);
    for (const { jti, username = 'alice' } of tokens) {
      for (const issuedAt of [start, start + SECOND]) {
        assert.equal(await store.access(jti, signedBy(username, issuedAt), start + SECOND), undefined);
      }
      assert.deepEqual(await store.listByUser(username, start), []);
      assert.equal(await store.revoke(jti, {}, start), undefined);
      assert.deepEqual(await store.revokeByUser(username, start), []);
    }
    assert.deepEqual((await store.browse({ limit: 10 }, start))?.records, []);
  });

  promise('revokeAll answers how many ended that were not over', async (store, start) => {
    assert.equal(await store.revokeAll(start - LIFETIME), 0);
    await put(store, start);
    const now = start + LIFETIME;
    await put(store, now - 1);
    await put(store, now, { username: 'bob' });
    await putOwnerless(store, now);
    assert.equal(await store.revokeAll(now), 3);
    assert.equal(await store.revokeAll(now), 0);
  });

  promise(
    'R2 a token begun up to revokeAll is not registered after it, whosever it is and whatever time it is meanwhile',
    async (store, start) => {
      await store.revokeAll(start + 5);
      for (const begun of [start, start + 5]) {
        for (const username of ['alice', 'bob', undefined]) {
          const late = recordOf(start, { username });
          await store.listByUser('alice', start + SECOND);
          assert.equal(await store.put(late, begun), false);
          const signed = signedBy(username ?? 'alice', start + SECOND);
          assert.equal(await store.access(late.jti, signed, start + SECOND), undefined);
          assert.equal(await store.revoke(late.jti, {}, start + SECOND), undefined);
        }
      }
      assert.deepEqual((await store.browse({ limit: 10 }, start + SECOND))?.records, []);
    },
  );

  promise(
    'R2 a token begun after revokeAll is registered and good, even if it is signed with the same second',
    async (store, start) => {
      await put(store, start);
      await store.revokeAll(start);
      const record = recordOf(start);
      assert.equal(await store.put(record, start + 1), true);
      assert.ok(await store.access(record.jti, signedBy('alice', start), start + 1));
      assert.deepEqual(
        (await store.listByUser('alice', start + 1)).map(({ jti }) => jti),
        [record.jti],
      );
      assert.equal(await store.revokeAll(start + 1), 1);
      assert.equal(await store.access(record.jti, signedBy('alice', start), start + 1), undefined);
    },
  );

  promise('R2 of tokens put in parallel with revokeAll nothing is left', async (store, start) => {
    const records = Array.from({ length: 10 }, (_, index) =>
      recordOf(start, { username: ['alice', 'bob', undefined][index % 3] }),
    );
    await Promise.all([
      ...records.slice(0, 5).map(async (record) => store.put(record, start)),
      store.revokeAll(start),
      ...records.slice(5).map(async (record) => store.put(record, start)),
    ]);
    assert.deepEqual((await store.browse({ limit: 20 }, start))?.records, []);
    for (const { jti, username = 'alice' } of records) {
      assert.equal(await store.access(jti, signedBy(username, start), start), undefined);
    }
  });

  promise(
    'R2 revokeAll refuses ownerless tokens signed for anybody up to now, later ones not',
    async (store, start) => {
      await store.revokeAll(start);
      const now = start + SECOND;
      const { jti } = await putOwnerless(store, now);
      for (const username of ['alice', 'bob']) {
        for (const issuedAt of [start - SECOND, start]) {
          assert.equal(await store.access(jti, signedBy(username, issuedAt), now), undefined);
        }
        assert.ok(await store.access(jti, signedBy(username, now), now));
      }
    },
  );

  promise(
    'R2 a later revokeAll moves the cut-off on, never back, nor that of a user',
    async (store, start) => {
      await store.revokeAll(start + 9 * SECOND);
      await store.revokeAll(start);
      await store.revokeByUser('alice', start + 19 * SECOND);
      const now = start + 20 * SECOND;
      const { jti } = await putOwnerless(store, now);
      const isAdmitted = async (username: string, issuedAt: number) =>
        (await store.access(jti, signedBy(username, issuedAt), now)) !== undefined;
      assert.equal(await isAdmitted('bob', start + 9 * SECOND), false);
      assert.equal(await isAdmitted('bob', start + 10 * SECOND), true);
      assert.equal(await isAdmitted('alice', start + 19 * SECOND), false);
      assert.equal(await isAdmitted('alice', now), true);
      assert.equal(await store.put(recordOf(start), start + 19 * SECOND), false);
      assert.equal(await store.put(recordOf(start, { username: 'bob' }), start + 19 * SECOND), true);
    },
  );

  promise('a revokeAll by a clock that was ahead does not outlive that', async (store, start) => {
    const before = await put(store, start);
    await store.revokeAll(start + DAY);
    const own = await put(store, start);
    const { jti } = await putOwnerless(store, start);
    assert.ok(await store.access(own.jti, signedBy('alice', start), start));
    assert.ok(await store.access(jti, signedBy('alice', start), start));
    assert.equal(await store.access(before.jti, signedBy('alice', start), start), undefined);
  });

  promise('R2 a revokeAll holds, whatever was ended by a clock that was ahead', async (store, start) => {
    const { jti } = recordOf(start);
    await store.revokeAll(start + DAY);
    await store.revokeAll(start);
    await store.revokeAll(start + 2 * DAY);
    assert.equal(await store.put({ jti, expiresAt: start + LIFETIME }, start + SECOND), true);
    assert.equal(await store.access(jti, signedBy('alice', start), start + SECOND), undefined);
    assert.equal(await store.put(recordOf(start), start), false);
  });

  promise('R7 what races revokeAll revives no token', async (store, start) => {
    const tokens = await Promise.all(Array.from({ length: 6 }, () => put(store, start)));
    const accesses = () => tokens.map(async ({ jti }) => store.access(jti, signedBy('alice', start), start));
    await Promise.all([...accesses(), store.revokeAll(start), store.revokeAll(start), ...accesses()]);
    for (const admitted of await Promise.all(accesses())) assert.equal(admitted, undefined);
    assert.deepEqual(await store.listByUser('alice', start), []);
  });
}
