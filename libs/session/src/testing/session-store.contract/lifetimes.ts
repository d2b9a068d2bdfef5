import assert from 'node:assert/strict';
import { SECOND } from '../../util/clock.js';
import type { SessionStore } from '../../core/session-store.js';
import type { Promises } from '../test-api.js';
import {
  ACTIVE,
  added,
  expectOutcome,
  idsOf,
  limit,
  newSession,
  RENEWABLE,
  rotationAt,
  sameRecord,
  UNLIMITED,
} from './fixtures.js';

const IDLE = 10 * SECOND;
const LARGE = { budgetMs: 10_000, batchSize: 100 };
const SLIDING = { slideBy: ACTIVE };

export function lifetimePromises(promise: Promises<SessionStore>): void {
  promise(
    'E1 a session that nobody uses ends at lastAccessed + idleTimeout in every verb',
    async (store, start) => {
      const record = await added(store, start, { idleTimeout: IDLE });
      const end = start + IDLE;
      assert.ok(await store.find(record.id, end - 1));
      assert.equal(await store.count(end - 1), 1);
      assert.equal(await store.count(end), 0);
      assert.equal(await store.find(record.id, end), undefined);
      assert.equal(await store.access(record.id, 0, end), undefined);
      assert.deepEqual(await store.listByUser('alice', end), []);
      expectOutcome(
        await store.rotate(
          record.id,
          { from: 0, attempt: 'a', next: rotationAt(end), rules: UNLIMITED },
          end,
        ),
        'gone',
      );
      assert.equal(await store.revoke(record.id, 'logout', {}, end), undefined);
      expectOutcome(await store.create(newSession(end), limit(1), end), 'created');
      assert.deepEqual(await store.sweepExpired(end, LARGE), { removed: 1, more: false });
    },
  );

  promise('E1 each access puts idleness off, and a refresh is one', async (store, start) => {
    const { id } = await added(store, start, { idleTimeout: IDLE });
    let now = start;
    for (let times = 0; times < 4; times += 1) {
      now += IDLE - SECOND;
      assert.ok(await store.access(id, 0, now));
    }
    now += IDLE - SECOND;
    await store.rotate(id, { from: 0, attempt: 'a', next: rotationAt(now), rules: UNLIMITED }, now);
    assert.ok(await store.find(id, now + IDLE - 1));
    assert.equal(await store.count(now + IDLE - 1), 1);
    assert.equal(await store.count(now + IDLE), 0);
    assert.equal(await store.access(id, 1, now + IDLE), undefined);
  });

  promise('E1 a reading is no access', async (store, start) => {
    const { id } = await added(store, start, { idleTimeout: IDLE });
    const last = start + IDLE - 1;
    await store.find(id, last);
    await store.listByUser('alice', last);
    await store.count(last);
    assert.equal(await store.access(id, 0, start + IDLE), undefined);
  });

  promise('E6 idleness brings no end nearer than the ends that the record has', async (store, start) => {
    const { id } = await added(store, start, { idleTimeout: 10 * RENEWABLE });
    assert.ok(await store.access(id, 0, start + ACTIVE - 1));
    assert.equal(await store.access(id, 0, start + ACTIVE), undefined);
    assert.equal(await store.find(id, start + RENEWABLE), undefined);
  });

  promise('E2 nothing of a refresh is kept beyond endsAt', async (store, start) => {
    const endsAt = start + ACTIVE + 5 * SECOND;
    const { id } = await added(store, start, { endsAt, renewableUntil: endsAt });
    const now = start + 30 * SECOND;
    const next = rotationAt(now, { refreshExpiresAt: now + RENEWABLE });
    const { record } = expectOutcome(
      await store.rotate(id, { from: 0, attempt: 'a', next, rules: UNLIMITED }, now),
      'rotated',
    );
    const { expiresAt, activeUntil, refreshExpiresAt, renewableUntil } = record;
    assert.deepEqual([expiresAt, activeUntil, refreshExpiresAt, renewableUntil], Array(4).fill(endsAt));
    sameRecord(await store.find(id, now), record);
    assert.equal(await store.count(endsAt - 1), 1);
    assert.equal(await store.count(endsAt), 0);
    expectOutcome(
      await store.rotate(id, { from: 1, attempt: 'b', next: rotationAt(endsAt), rules: UNLIMITED }, endsAt),
      'gone',
    );
  });

  promise('an access slides the three ends of a sliding session on', async (store, start) => {
    const record = await added(store, start, { ...SLIDING, renewableUntil: start + ACTIVE });
    const now = start + 7 * SECOND;
    const end = now + SECOND + ACTIVE;
    for (const time of [now, now + 999]) {
      sameRecord(await store.access(record.id, 0, time), {
        ...record,
        lastAccessed: now,
        expiresAt: end,
        activeUntil: end,
        renewableUntil: end,
      });
    }
    assert.equal(await store.count(now), 1);
    assert.equal(await store.count(end - 1), 1);
    assert.deepEqual(idsOf(await store.listByUser('alice', end - 1)), [record.id]);
    assert.equal(await store.count(end), 0);
    assert.equal(await store.find(record.id, end), undefined);
    assert.deepEqual(await store.sweepExpired(end, LARGE), { removed: 1, more: false });
  });

  promise('an access in the second of the creation slides the session, too', async (store, start) => {
    const { id } = await added(store, start, { ...SLIDING, renewableUntil: start + ACTIVE });
    assert.equal((await store.access(id, 0, start + 999))?.expiresAt, start + SECOND + ACTIVE);
  });

  promise('sliding reaches endsAt and not beyond, and never goes back', async (store, start) => {
    const endsAt = start + ACTIVE + 5 * SECOND;
    const far = await added(store, start, { ...SLIDING, renewableUntil: start + ACTIVE, endsAt });
    assert.equal((await store.access(far.id, 0, start + 30 * SECOND))?.expiresAt, endsAt);
    const long = await added(store, start, {
      slideBy: SECOND,
      expiresAt: start + 2 * ACTIVE,
      activeUntil: start + 2 * ACTIVE,
      renewableUntil: start + 2 * ACTIVE,
    });
    assert.equal((await store.access(long.id, 0, start + 30 * SECOND))?.expiresAt, start + 2 * ACTIVE);
  });

  promise('a session without slideBy keeps its ends through any access', async (store, start) => {
    const record = await added(store, start, { idleTimeout: ACTIVE });
    const { expiresAt, activeUntil, renewableUntil } = (await store.access(record.id, 0, start + SECOND))!;
    assert.deepEqual(
      [expiresAt, activeUntil, renewableUntil],
      [record.expiresAt, record.activeUntil, record.renewableUntil],
    );
  });
}
