import assert from 'node:assert/strict';
import { SECOND } from '../../util/clock.js';
import type { SessionStore } from '../../core/session-store.js';
import type { Promises } from '../test-api.js';
import { walk } from '../walk.js';
import {
  ACTIVE,
  added,
  expectOutcome,
  idsOf,
  inParallel,
  limit,
  newSession,
  refreshed,
  RENEWABLE,
  REUSE,
  rotationAt,
  sameRecord,
  UNLIMITED,
} from './fixtures.js';

export function revokeAllPromises(promise: Promises<SessionStore>): void {
  promise('R2 revokeAll ends all sessions of all users at once, for every verb', async (store, start) => {
    const lapsed = await added(store, start);
    const now = start + ACTIVE;
    const active = await added(store, now, { generation: 1, previousUntil: now + SECOND });
    const other = await added(store, now, { username: 'bob' });
    assert.equal(await store.revokeAll({}, now), 3);
    assert.equal(await store.count(now), 0);
    assert.deepEqual((await store.browse({ limit: 10 }, now))?.records, []);
    for (const { id, username, generation } of [lapsed, active, other]) {
      assert.equal(await store.access(id, generation, now), undefined);
      assert.equal(await store.access(id, generation, now, { fresh: true }), undefined);
      expectOutcome(await refreshed(store, id, now, { from: generation }), 'gone');
      expectOutcome(await store.amend(id, { details: { label: 'phone' } }, now), 'gone');
      assert.equal(await store.find(id, now), undefined);
      assert.equal(await store.revoke(id, 'logout', {}, now), undefined);
      assert.deepEqual(await store.listByUser(username, now), []);
      assert.deepEqual(await store.revokeByUser(username, {}, now), []);
    }
    assert.equal(await store.count(now), 0);
  });

  promise('R2 limits are exact from revokeAll on, and nobody is evicted for them', async (store, start) => {
    for (let index = 0; index < 3; index += 1) await added(store, start);
    await store.revokeAll({}, start);
    const rules = limit(2, { maxPerUser: 1, onLimit: 'evict-oldest' });
    for (const username of ['alice', 'bob']) {
      const created = await store.create(newSession(start, { username }), rules, start);
      assert.deepEqual(expectOutcome(created, 'created').evicted, []);
      const again = await store.create(newSession(start, { username }), rules, start);
      assert.deepEqual(again, { outcome: 'limit-reached', scope: 'user', active: 1 });
    }
    const reached = await store.create(newSession(start, { username: 'carol' }), limit(2), start);
    assert.deepEqual(reached, { outcome: 'limit-reached', scope: 'all', active: 2 });
    assert.equal(await store.count(start), 2);
  });

  promise(
    'R2 a login after revokeAll lives, in the same second too, and reuses nothing',
    async (store, start) => {
      const before = await added(store, start);
      await store.revokeAll({}, start);
      const record = newSession(start);
      expectOutcome(await store.create(record, REUSE, start), 'created');
      sameRecord(await store.access(record.id, 0, start), record);
      assert.deepEqual(idsOf(await store.listByUser('alice', start)), [record.id]);
      assert.equal(await store.count(start), 1);
      const rotated = expectOutcome(await refreshed(store, record.id, start), 'rotated');
      assert.equal(rotated.record.generation, 1);
      assert.equal(await store.access(before.id, 0, start), undefined);
    },
  );

  promise('R2 an evict-oldest after revokeAll ends none but who is there', async (store, start) => {
    await added(store, start);
    await store.revokeAll({}, start);
    const first = await added(store, start);
    const evicting = limit(1, { onLimit: 'evict-oldest' });
    const created = await store.create(newSession(start), evicting, start);
    assert.deepEqual(idsOf(expectOutcome(created, 'created').evicted), [first.id]);
  });

  promise('revokeAll answers how many ended that were not over, lapsed ones too', async (store, start) => {
    assert.equal(await store.revokeAll({}, start), 0);
    await added(store, start, { username: 'over' });
    await added(store, start, { username: 'idle', idleTimeout: ACTIVE });
    const now = start + RENEWABLE;
    await added(store, now - ACTIVE, { username: 'lapsed' });
    await added(store, now);
    const kept = await added(store, now);
    assert.equal(await store.revokeAll({ except: kept.id }, now), 2);
    assert.equal(await store.revokeAll({}, now), 1);
    assert.equal(await store.revokeAll({}, now), 0);
  });

  promise('R3 revokeAll keeps the one to except, as it is', async (store, start) => {
    const record = await added(store, start, { details: { label: 'phone' }, attempt: 'z' });
    await added(store, start);
    assert.equal(await store.revokeAll({ except: record.id }, start), 1);
    sameRecord(await store.find(record.id, start), record);
    assert.deepEqual(idsOf(await store.listByUser('alice', start)), [record.id]);
    assert.deepEqual(await walked(store, 1, start), [record.id]);
    assert.equal(await store.count(start), 1);
    expectOutcome(await store.create(newSession(start), limit(1), start), 'limit-reached');
    expectOutcome(await refreshed(store, record.id, start), 'rotated');
    assert.ok(await store.access(record.id, 1, start));
    assert.equal(await store.count(start + ACTIVE), 0);
    assert.equal(await store.find(record.id, start + RENEWABLE), undefined);
  });

  promise(
    'R3 revokeAll keeps a lapsed session, which takes its slot at its refresh',
    async (store, start) => {
      const { id } = await added(store, start);
      const now = start + ACTIVE;
      await added(store, now);
      assert.equal(await store.revokeAll({ except: id }, now), 1);
      assert.equal(await store.count(now), 0);
      assert.deepEqual(await walked(store, 1, now), []);
      expectOutcome(await refreshed(store, id, now, { rules: limit(1) }), 'rotated');
      assert.equal(await store.count(now), 1);
      assert.deepEqual(await walked(store, 1, now), [id]);
    },
  );

  promise('revokeAll keeps nothing for an except that is not there', async (store, start) => {
    const over = await added(store, start);
    const now = start + RENEWABLE;
    for (const except of [newSession(now).id, over.id]) {
      const { id } = await added(store, now);
      assert.equal(await store.revokeAll({ except }, now), 1);
      assert.equal(await store.find(id, now), undefined);
      assert.equal(await store.find(except, now), undefined);
    }
    assert.equal(await store.count(now), 0);
  });

  promise('the one to except keeps its slot: its place in the queue', async (store, start) => {
    const [, kept] = [await added(store, start), await added(store, start), await added(store, start)];
    await store.revokeAll({ except: kept.id }, start);
    await added(store, start, { username: 'bob' });
    const evicting = limit(2, { onLimit: 'evict-oldest' });
    const created = await store.create(newSession(start), evicting, start);
    assert.deepEqual(idsOf(expectOutcome(created, 'created').evicted), [kept.id]);
  });

  for (const [when, logins] of [
    ['', 0],
    [', whoever has come since', 3],
  ] as const) {
    promise(
      `the one to except is still to come in a walk that has not met it${when}`,
      async (store, start) => {
        const records = [];
        for (let index = 0; index < 9; index += 1) records.push(await added(store, start));
        const kept = records[2]!;
        let met = 0;
        const seen = await walk(
          (request) => store.browse(request, start),
          2,
          async (page) => {
            if (met >= 4) return;
            met += page.length;
            if (met < 4) return;
            await store.revokeAll({ except: kept.id }, start);
            for (let login = 0; login < logins; login += 1) await added(store, start);
          },
        );
        const before = idsOf(records).reverse().slice(0, met);
        assert.deepEqual(idsOf(seen), [...before, kept.id]);
      },
    );
  }

  promise('a walk goes on after revokeAll, and meets nothing that it ended', async (store, start) => {
    for (let index = 0; index < 5; index += 1) await added(store, start);
    const seen = await walk(
      (request) => store.browse(request, start),
      2,
      () => store.revokeAll({}, start),
    );
    assert.ok(seen.length <= 2);
  });

  promise('R7 what races revokeAll revives nothing', async (store, start) => {
    const records = await inParallel(12, () => added(store, start));
    const now = start + SECOND;
    const racing: ((id: string) => unknown)[] = [
      (id) => store.access(id, 0, now),
      (id) => refreshed(store, id, now),
      (id) => store.amend(id, { details: { label: 'phone' } }, now),
    ];
    const race = () =>
      inParallel(records.length, (index) => racing[index % racing.length]!(records[index]!.id));
    await Promise.all([race(), store.revokeAll({}, now), race()]);
    for (const { id } of records) assert.equal(await store.find(id, now), undefined);
    for (const generation of [0, 1]) {
      const late = await inParallel(records.length, (index) =>
        store.access(records[index]!.id, generation, now),
      );
      assert.deepEqual(
        late.filter((record) => record !== undefined),
        [],
      );
    }
    assert.equal(await store.count(now), 0);
    assert.deepEqual(await store.listByUser('alice', now), []);
    assert.deepEqual(await walked(store, 5, now), []);
  });

  promise('R2 of several revokeAll at once each session is counted by one', async (store, start) => {
    await inParallel(10, () => added(store, start));
    const ended = await inParallel(4, () => store.revokeAll({}, start));
    assert.equal(
      ended.reduce((sum, count) => sum + count, 0),
      10,
    );
    assert.equal(await store.count(start), 0);
  });

  promise('R7 a repeated refresh attempt never revives what revokeAll ended', async (store, start) => {
    const { id } = await added(store, start);
    await refreshed(store, id, start);
    await store.revokeAll({}, start);
    expectOutcome(await refreshed(store, id, start), 'gone');
    assert.equal(await store.count(start), 0);
  });

  promise(
    'creates anew under an id that revokeAll ended, and a sweep takes only the old one',
    async (store, start) => {
      const old = await added(store, start);
      await store.revokeAll({}, start);
      const renewed = await added(store, start + SECOND, { id: old.id });
      const now = start + RENEWABLE;
      await store.sweepExpired(now, { budgetMs: 1000, batchSize: 100 });
      sameRecord(await store.find(old.id, now), renewed);
      assert.deepEqual(idsOf(await store.listByUser('alice', now)), [old.id]);
      expectOutcome(await refreshed(store, old.id, now), 'rotated');
      assert.equal(await store.count(now), 1);
      assert.deepEqual(await walked(store, 1, now), [old.id]);
    },
  );

  promise('E5 no answer after revokeAll depends on a sweep having run', async (store, start) => {
    const [kept] = [await added(store, start), await added(store, start)];
    await store.revokeAll({ except: kept.id }, start);
    const late = await added(store, start, { username: 'bob' });
    const answers = async () => ({
      count: await store.count(start),
      pages: await walked(store, 1, start),
      lists: [idsOf(await store.listByUser('alice', start)), idsOf(await store.listByUser('bob', start))],
    });
    const expected = { count: 2, pages: [late.id, kept.id], lists: [[kept.id], [late.id]] };
    for (let sweeps = 0; sweeps < 3; sweeps += 1) {
      assert.deepEqual(await answers(), expected);
      await store.sweepExpired(start, { budgetMs: 0, batchSize: 1 });
    }
  });

  promise('R2 revokeAll by a clock that is ahead ends what that takes for over', async (store, start) => {
    const { id } = await added(store, start);
    assert.equal(await store.revokeAll({}, start + RENEWABLE), 0);
    assert.equal(await store.find(id, start), undefined);
    assert.equal(await store.count(start), 0);
    const late = newSession(start);
    expectOutcome(await store.create(late, UNLIMITED, start), 'created');
    assert.ok(await store.access(late.id, 0, start));
    const next = rotationAt(start);
    expectOutcome(await refreshed(store, late.id, start, { next }), 'rotated');
  });
}

async function walked(store: SessionStore, pageSize: number, now: number): Promise<string[]> {
  return idsOf(await walk((request) => store.browse(request, now), pageSize));
}
