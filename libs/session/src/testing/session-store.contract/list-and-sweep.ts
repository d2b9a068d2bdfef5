import assert from 'node:assert/strict';
import { SECOND } from '../../util/clock.js';
import type { SessionRecord } from '../../core/session.js';
import type { SessionStore } from '../../core/session-store.js';
import type { Promises } from '../test-api.js';
import {
  ACTIVE,
  added,
  idsOf,
  inParallel,
  RENEWABLE,
  rotationAt,
  sameRecord,
  UNLIMITED,
} from './fixtures.js';

const SMALLEST = { budgetMs: 0, batchSize: 1 };
const LARGE = { budgetMs: 10_000, batchSize: 100 };

export function listAndSweepPromises(promise: Promises<SessionStore>): void {
  promise(
    'listByUser answers the oldest first, renewable ones included, over ones not',
    async (store, start) => {
      await added(store, start - RENEWABLE);
      const records: SessionRecord[] = [];
      for (let index = 0; index < 12; index += 1) {
        records.push(await added(store, start + index * SECOND, { username: index % 3 ? 'alice' : 'bob' }));
      }
      const now = start + ACTIVE;
      const expected = idsOf(records.filter(({ username }) => username === 'alice'));
      assert.deepEqual(idsOf(await store.listByUser('alice', now)), expected);
      await store.rotate(
        expected[0]!,
        { from: 0, attempt: 'a', next: rotationAt(now), rules: UNLIMITED },
        now,
      );
      assert.deepEqual(
        idsOf(await store.listByUser('alice', now)),
        expected,
        'a refresh does not make it younger',
      );
      assert.deepEqual(await store.listByUser('nobody', now), []);
    },
  );

  promise('listByUser has a session 1 ms before renewableUntil, and not at it', async (store, start) => {
    const record = await added(store, start);
    const [listed] = await store.listByUser('alice', start + RENEWABLE - 1);
    sameRecord(listed, record);
    assert.deepEqual(await store.listByUser('alice', start + RENEWABLE), []);
  });

  promise('count is exact at every edge of activeUntil', async (store, start) => {
    for (let index = 0; index < 20; index += 1) {
      await added(store, start, {
        username: `user-${index}`,
        activeUntil: start + (1 + (index % 5)) * SECOND,
      });
    }
    assert.equal(await store.count(start), 20);
    for (let second = 1; second <= 5; second += 1) {
      assert.equal(await store.count(start + second * SECOND - 1), 24 - 4 * second);
      assert.equal(await store.count(start + second * SECOND), 20 - 4 * second);
    }
  });

  promise('records handed out are copies', async (store, start) => {
    const given = { ...(await added(store, start)) };
    const { id } = given;
    given.username = 'mallory';
    const handedOut = [
      await store.find(id, start),
      await store.access(id, 0, start),
      ...(await store.listByUser('alice', start)),
    ];
    for (const record of handedOut) spoil(record!);
    const rotated = await store.rotate(
      id,
      { from: 0, attempt: 'a', next: rotationAt(start), rules: UNLIMITED },
      start,
    );
    if (rotated.outcome === 'rotated') spoil(rotated.record);
    const { username, generation, activeUntil } = (await store.find(id, start))!;
    assert.deepEqual([username, generation, activeUntil], ['alice', 1, start + ACTIVE]);
  });

  promise('sweepExpired removes exactly what is over, lapsed sessions not', async (store, start) => {
    await inParallel(7, (index) => added(store, start, { username: `user-${index}` }));
    const lapsed = await added(store, start + SECOND);
    const before = start + RENEWABLE - 1;
    assert.deepEqual(await store.sweepExpired(before, LARGE), { removed: 0, more: false });
    assert.deepEqual(await store.sweepExpired(before + 1, LARGE), { removed: 7, more: false });
    assert.deepEqual(await store.sweepExpired(before + 1, LARGE), { removed: 0, more: false });
    sameRecord(await store.find(lapsed.id, before + 1), lapsed);
  });

  promise('sweepExpired leaves out what was refreshed or revoked in the meantime', async (store, start) => {
    const [refreshed, revoked] = [await added(store, start), await added(store, start)];
    const last = start + RENEWABLE - 1;
    await store.rotate(
      refreshed.id,
      { from: 0, attempt: 'a', next: rotationAt(start + RENEWABLE), rules: UNLIMITED },
      last,
    );
    await store.revoke(revoked.id, 'logout', {}, last);
    assert.deepEqual(await store.sweepExpired(start + RENEWABLE, LARGE), { removed: 0, more: false });
    assert.ok(await store.find(refreshed.id, start + RENEWABLE));
  });

  promise('sweepExpired works in slices, each of which gets further', async (store, start) => {
    await inParallel(25, (index) =>
      added(store, start, { renewableUntil: start + ACTIVE + (index % 4) * SECOND }),
    );
    const now = start + RENEWABLE;
    let total = 0;
    let more = true;
    for (let slices = 0; more; slices += 1) {
      assert.ok(slices <= 25, 'more slices than sessions');
      const slice = await store.sweepExpired(now, SMALLEST);
      total += slice.removed;
      more = slice.more;
      assert.ok(slice.removed > 0 || !more, 'a slice that removes nothing is the last');
      assert.equal(more, total < 25, 'more says whether another slice would find any');
    }
    assert.equal(total, 25);
  });

  promise('sweepExpired goes on for as long as its budget lasts', async (store, start) => {
    await inParallel(5, () => added(store, start));
    const ample = { budgetMs: 10_000, batchSize: 1 };
    assert.deepEqual(await store.sweepExpired(start + RENEWABLE, ample), { removed: 5, more: false });
  });

  promise('E5 no answer depends on a sweep having run', async (store, start) => {
    const ids = idsOf([
      await added(store, start),
      await added(store, start + SECOND, { activeUntil: start + RENEWABLE + SECOND }),
      await added(store, start + 2 * SECOND, { username: 'bob' }),
    ]);
    const now = start + RENEWABLE;
    const answers = async () => ({
      count: await store.count(now),
      lists: [idsOf(await store.listByUser('alice', now)), idsOf(await store.listByUser('bob', now))],
      found: await inParallel(3, async (index) => (await store.find(ids[index]!, now))?.id),
    });
    const unswept = await answers();
    assert.deepEqual(unswept, { count: 1, lists: [[ids[1]], [ids[2]]], found: [undefined, ids[1], ids[2]] });
    await store.sweepExpired(now, SMALLEST);
    assert.deepEqual(await answers(), unswept);
    await store.sweepExpired(now, LARGE);
    assert.deepEqual(await answers(), unswept);
  });

  promise('answers ping, and closes; twice is once', async (store) => {
    await store.ping();
    await Promise.all([store.close(), store.close()]);
    await store.close();
  });
}

/** What a careless caller might do; a frozen record may well resist. */
function spoil(record: SessionRecord): void {
  Reflect.set(record, 'username', 'mallory');
  Reflect.set(record, 'generation', 99);
  Reflect.set(record, 'activeUntil', Infinity);
}
