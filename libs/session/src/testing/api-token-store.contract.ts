import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { ApiTokenRecord, ApiTokenStore, SignedApiToken } from '../core/api-token-store.js';
import { SECOND } from '../util/clock.js';
import type { MaybePromise } from '../util/maybe-promise.js';
import { promisesOf, type Promises, type StoreUnderTest, type TestApi } from './test-api.js';

/** How long a fixture's token lasts, in milliseconds. */
const LIFETIME = 3600 * SECOND;
const LARGE = { budgetMs: 10_000, batchSize: 100 };

/**
 * Checks a store of API tokens against everything that the port promises, one named test for each.
 *
 * @param name what to call the store in the report.
 * @param api `describe` and `it` of Jest, Vitest or `node:test`.
 * @param makeStore called before each test for an empty store; `dispose` is called after it.
 *
 * @example
 * describeApiTokenStore('MyApiTokenStore', { describe, it }, () => ({ store: new MyApiTokenStore() }));
 */
export function describeApiTokenStore(
  name: string,
  api: TestApi,
  makeStore: () => MaybePromise<StoreUnderTest<ApiTokenStore>>,
): void {
  api.describe(`${name} keeps the contract of ApiTokenStore`, () => {
    const promise = promisesOf(api, makeStore);
    accessPromises(promise);
    revokePromises(promise);
    revokeByUserPromises(promise);
    listAndSweepPromises(promise);
  });
}

function accessPromises(promise: Promises<ApiTokenStore>): void {
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
    const { jti } = await put(store, start);
    const before = start - 61_000;
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

function revokePromises(promise: Promises<ApiTokenStore>): void {
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

function revokeByUserPromises(promise: Promises<ApiTokenStore>): void {
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

function listAndSweepPromises(promise: Promises<ApiTokenStore>): void {
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

/** Registers a token of alice's, issued now. */
async function put(
  store: ApiTokenStore,
  at: number,
  given: Partial<ApiTokenRecord> = {},
): Promise<ApiTokenRecord> {
  const record = recordOf(at, given);
  assert.equal(await store.put(record, at), true);
  return record;
}

function recordOf(at: number, given: Partial<ApiTokenRecord> = {}): ApiTokenRecord {
  return { jti: randomUUID(), username: 'alice', issuedAt: at, expiresAt: at + LIFETIME, ...given };
}

/** Registers a token as another program does, which knows no more than these. */
async function putOwnerless(store: ApiTokenStore, at: number): Promise<ApiTokenRecord> {
  const record = { jti: randomUUID(), expiresAt: at + LIFETIME };
  assert.equal(await store.put(record, at), true);
  return record;
}

function signedBy(username: string, issuedAt: number): SignedApiToken {
  return { username, issuedAt };
}

/** A record without its members of value `undefined`. */
function said(record: ApiTokenRecord | undefined): Record<string, unknown> | undefined {
  return record && Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined));
}
