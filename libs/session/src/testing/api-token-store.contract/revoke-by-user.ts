import assert from 'node:assert/strict';
import type { ApiTokenStore } from '../../core/api-token-store.js';
import { SECOND } from '../../util/clock.js';
import type { Promises } from '../test-api.js';
import { LIFETIME, put, putOwnerless, recordOf, signedBy } from './fixtures.js';

export function revokeByUserPromises(promise: Promises<ApiTokenStore>): void {
  promise('R2 revokeByUser ends the user’s tokens one by one, and nobody else’s', async (store, start) => {
    const [first, second] = [await put(store, start), await put(store, start)];
    const other = await put(store, start, { username: 'bob' });
    assert.deepEqual((await store.revokeByUser('alice', start)).sort(), [first.jti, second.jti].sort());
    assert.equal(await store.access(first.jti, signedBy('alice', start), start), undefined);
    assert.ok(await store.access(other.jti, signedBy('bob', start), start));
    assert.deepEqual(await store.revokeByUser('alice', start), []);
  });

  promise(
    'R2 a token begun up to revokeByUser is not registered after it, whatever time it is meanwhile',
    async (store, start) => {
      const kept = await put(store, start, { username: 'bob' });
      await store.revokeByUser('alice', start + 5);
      for (const begun of [start, start + 5]) {
        const late = recordOf(start);
        await store.listByUser('alice', start + SECOND);
        assert.equal(await store.put(late, begun), false);
        assert.equal(await store.access(late.jti, signedBy('alice', start), start + SECOND), undefined);
        assert.equal(await store.revoke(late.jti, {}, start + SECOND), undefined);
      }
      assert.deepEqual(await store.listByUser('alice', start + SECOND), []);
      const other = recordOf(start, { username: 'bob' });
      assert.equal(await store.put(other, start), true, 'other users are unaffected');
      const own = (await store.listByUser('bob', start)).map(({ jti }) => jti);
      assert.deepEqual(own, [kept.jti, other.jti]);
    },
  );

  promise(
    'R2 a token begun after revokeByUser is registered and good, even if it is signed with the same second',
    async (store, start) => {
      await store.revokeByUser('alice', start);
      const record = recordOf(start);
      assert.equal(await store.put(record, start + 1), true);
      assert.ok(await store.access(record.jti, signedBy('alice', start), start + 1));
    },
  );

  promise('R2 of a token put in parallel with revokeByUser nothing is left', async (store, start) => {
    const records = Array.from({ length: 10 }, () => recordOf(start));
    await Promise.all([
      ...records.slice(0, 5).map(async (record) => store.put(record, start)),
      store.revokeByUser('alice', start),
      ...records.slice(5).map(async (record) => store.put(record, start)),
    ]);
    assert.deepEqual(await store.listByUser('alice', start), []);
    for (const { jti } of records) {
      assert.equal(await store.access(jti, signedBy('alice', start), start), undefined);
    }
  });

  promise(
    'R2 revokeByUser refuses ownerless tokens signed for the user up to now, later ones not',
    async (store, start) => {
      const { jti } = await putOwnerless(store, start);
      await store.revokeByUser('alice', start);
      const now = start + SECOND;
      assert.equal(await store.access(jti, signedBy('alice', start - SECOND), now), undefined);
      assert.equal(await store.access(jti, signedBy('alice', start), now), undefined);
      assert.ok(await store.access(jti, signedBy('alice', start + SECOND), now));
      assert.ok(await store.access(jti, signedBy('bob', start), now), 'other users are unaffected');
      const put = await putOwnerless(store, now);
      assert.equal(
        await store.access(put.jti, signedBy('alice', start), now),
        undefined,
        'put later, signed earlier',
      );
    },
  );

  promise('R2 a later revokeByUser moves the cut-off on, never back', async (store, start) => {
    const { jti } = await putOwnerless(store, start);
    await store.revokeByUser('alice', start + 9 * SECOND);
    await store.revokeByUser('alice', start);
    assert.equal(
      await store.access(jti, signedBy('alice', start + 9 * SECOND), start + 10 * SECOND),
      undefined,
    );
    assert.ok(await store.access(jti, signedBy('alice', start + 10 * SECOND), start + 10 * SECOND));
  });

  promise(
    'E5 revokeByUser answers the same before a sweep as after it: unexpired tokens alone',
    async (store, start) => {
      const { expiresAt } = await put(store, start);
      const good = await put(store, start + SECOND, { expiresAt: expiresAt + LIFETIME });
      assert.deepEqual(await store.revokeByUser('alice', expiresAt), [good.jti]);
    },
  );
}
