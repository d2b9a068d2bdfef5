import assert from 'node:assert/strict';
import type { ApiTokenRecord, ApiTokenStore } from '../../core/api-token-store.js';
import { SECOND } from '../../util/clock.js';
import type { Promises } from '../test-api.js';
import { NOWHERE, walk } from '../walk.js';
import { LIFETIME, put, putOwnerless, said } from './fixtures.js';

export function browsePromises(promise: Promises<ApiTokenStore>): void {
  promise('browse answers nothing of a store that is empty', async (store, start) => {
    assert.deepEqual(await walked(store, 10, start), []);
  });

  promise('browse answers the whole record of each token once, whosever it is', async (store, start) => {
    const records = [
      await put(store, start, { label: 'CI' }),
      await put(store, start, { username: '__proto__' }),
      await putOwnerless(store, start),
    ];
    for (let index = 0; index < 8; index += 1) records.push(await put(store, start));
    for (const pageSize of [1, 2, 5, 11, 100]) {
      const seen = await walk((request) => store.browse(request, start), pageSize);
      assert.deepEqual(seen.map(said).sort(byJti), [...records].sort(byJti));
    }
  });

  promise('browse keeps its order, whatever comes and goes', async (store, start) => {
    for (let index = 0; index < 20; index += 1) await put(store, start);
    const before = await walked(store, 3, start);
    for (const jti of before.filter((_, index) => index % 3 === 0)) await store.revoke(jti, {}, start);
    for (let index = 0; index < 20; index += 1) await put(store, start);
    const left = before.filter((_, index) => index % 3 !== 0);
    const after = await walked(store, 4, start);
    assert.deepEqual(
      after.filter((jti) => left.includes(jti)),
      left,
    );
    assert.equal(after.length, left.length + 20);
  });

  promise(
    'what is there during a walk is on exactly one page, though the one that the page ended with has gone',
    async (store, start) => {
      const staying = new Set<string>();
      for (let index = 0; index < 30; index += 1) staying.add((await put(store, start)).jti);
      const seen = await walk(
        (request) => store.browse(request, start),
        4,
        async (page) => {
          await put(store, start);
          for (const { jti } of page.slice(-2)) {
            await store.revoke(jti, {}, start);
            staying.delete(jti);
          }
          const [next] = [...staying].filter((jti) => !page.some((each) => each.jti === jti));
          await store.revoke(next!, {}, start);
          staying.delete(next!);
        },
      );
      for (const each of staying) assert.equal(seen.filter(({ jti }) => jti === each).length, 1);
      assert.equal(new Set(seen.map(({ jti }) => jti)).size, seen.length);
    },
  );

  promise(
    'browse has no token at its expiry, or that is dated more than a minute ahead',
    async (store, start) => {
      const { jti, expiresAt } = await put(store, start);
      const later = await put(store, expiresAt, { issuedAt: expiresAt });
      assert.deepEqual(await walked(store, 1, start), [jti]);
      assert.deepEqual((await walked(store, 1, expiresAt - 1)).sort(), [jti, later.jti].sort());
      assert.deepEqual(await walked(store, 1, expiresAt), [later.jti]);
      await store.sweepExpired(expiresAt, { budgetMs: 1000, batchSize: 100 });
      assert.deepEqual(await walked(store, 1, expiresAt), [later.jti]);
      assert.deepEqual(await walked(store, 1, expiresAt + LIFETIME), []);
    },
  );

  promise('browse answers nothing that was ended', async (store, start) => {
    const [kept, revoked] = [await put(store, start, { username: 'bob' }), await put(store, start)];
    await put(store, start, { username: 'carol' });
    await store.revoke(revoked.jti, {}, start);
    await store.revokeByUser('carol', start);
    assert.deepEqual(await walked(store, 1, start), [kept.jti]);
    await store.revokeAll(start);
    assert.deepEqual(await walked(store, 1, start), []);
  });

  promise('a walk goes on after revokeAll, with what was put since', async (store, start) => {
    for (let index = 0; index < 9; index += 1) await put(store, start);
    const late: string[] = [];
    let now = start;
    const seen = await walk(
      (request) => store.browse(request, now),
      2,
      async () => {
        if (late.length > 0) return;
        await store.revokeAll(now);
        now += SECOND;
        for (let index = 0; index < 9; index += 1) late.push((await put(store, now)).jti);
      },
    );
    for (const { jti } of seen.slice(2)) assert.ok(late.includes(jti));
    assert.equal(new Set(seen.map(({ jti }) => jti)).size, seen.length);
  });

  promise('browse notes no access', async (store, start) => {
    const { jti } = await put(store, start);
    await walked(store, 1, start + SECOND);
    const [listed] = await store.listByUser('alice', start + SECOND);
    assert.deepEqual([listed?.jti, listed?.lastAccessed], [jti, undefined]);
  });

  promise('browse has no page after what no page has answered', async (store, start) => {
    await put(store, start);
    for (const after of NOWHERE) {
      assert.equal(await store.browse({ after, limit: 10 }, start), undefined, JSON.stringify(after));
    }
  });
}

async function walked(store: ApiTokenStore, pageSize: number, now: number): Promise<string[]> {
  return (await walk((request) => store.browse(request, now), pageSize)).map(({ jti }) => jti);
}

function byJti(a: Partial<ApiTokenRecord> | undefined, b: Partial<ApiTokenRecord> | undefined): number {
  return a!.jti! < b!.jti! ? -1 : 1;
}
