import assert from 'node:assert/strict';
import { SECOND } from '../../util/clock.js';
import type { SessionStore } from '../../core/session-store.js';
import type { Promises } from '../test-api.js';
import {
  ACTIVE,
  added,
  expectOutcome,
  inParallel,
  limit,
  newSession,
  RENEWABLE,
  rotationAt,
  sameRecord,
  UNLIMITED,
} from './fixtures.js';

export function rotatePromises(promise: Promises<SessionStore>): void {
  promise('rotate counts the generation on, and replaces the times alone', async (store, start) => {
    const record = await added(store, start, {
      refreshExpiresAt: start + RENEWABLE,
      previousUntil: start + SECOND,
      details: { label: 'phone' },
    });
    const now = start + 30 * SECOND;
    const next = rotationAt(now, { refreshExpiresAt: now + RENEWABLE, previousUntil: now + 10 * SECOND });
    const rotated = expectOutcome(
      await store.rotate(record.id, { from: 0, attempt: 'a', next, rules: UNLIMITED }, now),
      'rotated',
    );
    sameRecord(rotated.record, { ...record, ...next, generation: 1, attempt: 'a' });
    assert.deepEqual(rotated.evicted, []);
    sameRecord(await store.find(record.id, now), rotated.record);
    assert.equal(await store.count(now + ACTIVE - 1), 1);
    assert.equal(await store.count(now + ACTIVE), 0);
  });

  promise('rotate takes away a time that the successor does not have', async (store, start) => {
    const record = await added(store, start, {
      refreshExpiresAt: start + RENEWABLE,
      previousUntil: start + SECOND,
    });
    await store.rotate(
      record.id,
      { from: 0, attempt: 'a', next: rotationAt(start), rules: UNLIMITED },
      start,
    );
    const { refreshExpiresAt, previousUntil } = (await store.find(record.id, start))!;
    assert.deepEqual([refreshExpiresAt, previousUntil], [undefined, undefined]);
    assert.equal(await store.access(record.id, 0, start), undefined);
  });

  promise('rotate can bring the end nearer', async (store, start) => {
    const { id } = await added(store, start);
    const sooner = rotationAt(start, { activeUntil: start + 5 * SECOND, renewableUntil: start + 9 * SECOND });
    await store.rotate(id, { from: 0, attempt: 'a', next: sooner, rules: UNLIMITED }, start);
    assert.equal(await store.count(start + 5 * SECOND), 0);
    assert.equal(await store.find(id, start + 9 * SECOND), undefined);
  });

  promise(
    'T4 rotate answers gone for an id that was never issued, and creates nothing',
    async (store, start) => {
      const id = newSession(start).id;
      expectOutcome(
        await store.rotate(id, { from: 0, attempt: 'a', next: rotationAt(start), rules: UNLIMITED }, start),
        'gone',
      );
      assert.equal(await store.find(id, start), undefined);
    },
  );

  promise('rotate answers gone at renewableUntil, and works 1 ms before', async (store, start) => {
    const over = await added(store, start);
    const last = await added(store, start);
    const end = start + RENEWABLE;
    expectOutcome(
      await store.rotate(
        last.id,
        { from: 0, attempt: 'a', next: rotationAt(end), rules: UNLIMITED },
        end - 1,
      ),
      'rotated',
    );
    expectOutcome(
      await store.rotate(over.id, { from: 0, attempt: 'a', next: rotationAt(end), rules: UNLIMITED }, end),
      'gone',
    );
    assert.equal(await store.find(over.id, end), undefined);
  });

  promise('rotate answers stale to an older generation, and changes nothing', async (store, start) => {
    const record = await added(store, start, {
      generation: 3,
      attempt: 'c',
      previousUntil: start + 10 * SECOND,
    });
    for (const [from, attempt] of [
      [2, 'other'],
      [1, 'c'],
      [0, 'c'],
    ] as const) {
      const answer = await store.rotate(
        record.id,
        { from, attempt, next: rotationAt(start + SECOND), rules: UNLIMITED },
        start,
      );
      sameRecord(expectOutcome(answer, 'stale').record, record);
    }
    sameRecord(await store.find(record.id, start), record);
  });

  promise('rotate judges gone before stale', async (store, start) => {
    const { id } = await added(store, start, { generation: 3 });
    const now = start + RENEWABLE;
    expectOutcome(
      await store.rotate(id, { from: 1, attempt: 'a', next: rotationAt(now), rules: UNLIMITED }, now),
      'gone',
    );
  });

  promise('rotate judges stale before the limit', async (store, start) => {
    const { id } = await added(store, start, { generation: 3 });
    const now = start + ACTIVE;
    await added(store, now, { username: 'bob' });
    expectOutcome(
      await store.rotate(id, { from: 2, attempt: 'a', next: rotationAt(now), rules: limit(1) }, now),
      'stale',
    );
  });

  promise('rotate answers a repeated attempt with the same record again', async (store, start) => {
    const { id } = await added(store, start);
    const first = await store.rotate(
      id,
      { from: 0, attempt: 'a', next: rotationAt(start), rules: UNLIMITED },
      start,
    );
    const { record } = expectOutcome(first, 'rotated');
    const later = start + 5 * SECOND;
    const again = await store.rotate(
      id,
      { from: 0, attempt: 'a', next: rotationAt(later), rules: limit(0) },
      later,
    );
    const repeated = expectOutcome(again, 'rotated');
    sameRecord(repeated.record, record);
    assert.deepEqual(repeated.evicted, []);
    sameRecord(await store.find(id, later), record);
  });

  promise(
    'rotate answers a repeated attempt even after the access has lapsed again and all is full',
    async (store, start) => {
      const { id } = await added(store, start);
      await store.rotate(id, { from: 0, attempt: 'a', next: rotationAt(start), rules: UNLIMITED }, start);
      const later = start + ACTIVE;
      const again = await store.rotate(
        id,
        { from: 0, attempt: 'a', next: rotationAt(later), rules: limit(0) },
        later,
      );
      assert.equal(expectOutcome(again, 'rotated').record.generation, 1);
    },
  );

  promise(
    'F1 rotate answers stale to an attempt that a further refresh has left behind',
    async (store, start) => {
      const { id } = await added(store, start);
      await store.rotate(id, { from: 0, attempt: 'a', next: rotationAt(start), rules: UNLIMITED }, start);
      await store.rotate(id, { from: 1, attempt: 'b', next: rotationAt(start), rules: UNLIMITED }, start);
      const late = await store.rotate(
        id,
        { from: 0, attempt: 'a', next: rotationAt(start), rules: UNLIMITED },
        start,
      );
      assert.equal(expectOutcome(late, 'stale').record.generation, 2);
    },
  );

  promise('rotate moves a record forward to a generation that is ahead of it', async (store, start) => {
    const { id } = await added(store, start, { generation: 1 });
    const ahead = await store.rotate(
      id,
      { from: 4, attempt: 'a', next: rotationAt(start), rules: UNLIMITED },
      start,
    );
    assert.equal(expectOutcome(ahead, 'rotated').record.generation, 5);
    assert.equal((await store.access(id, 5, start))?.generation, 5);
    const again = await store.rotate(
      id,
      { from: 4, attempt: 'a', next: rotationAt(start), rules: UNLIMITED },
      start,
    );
    assert.equal(expectOutcome(again, 'rotated').record.generation, 5);
    expectOutcome(
      await store.rotate(id, { from: 1, attempt: 'b', next: rotationAt(start), rules: UNLIMITED }, start),
      'stale',
    );
  });

  promise('an active session is refreshed while full', async (store, start) => {
    const { id } = await added(store, start);
    const last = start + ACTIVE - 1;
    expectOutcome(
      await store.rotate(id, { from: 0, attempt: 'a', next: rotationAt(start), rules: limit(1) }, last),
      'rotated',
    );
    assert.equal(await store.count(last), 1);
  });

  promise(
    'F7 a lapsed session needs a free slot; refused, nothing changes and the same refresh works later',
    async (store, start) => {
      const record = await added(store, start);
      const now = start + ACTIVE;
      const other = await added(store, now, { username: 'bob' });
      const refused = await store.rotate(
        record.id,
        { from: 0, attempt: 'a', next: rotationAt(now), rules: limit(1) },
        now,
      );
      assert.equal(expectOutcome(refused, 'limit-reached').active, 1);
      sameRecord(await store.find(record.id, now), record);
      assert.equal(await store.count(now), 1);
      await store.revoke(other.id, 'logout', {}, now);
      expectOutcome(
        await store.rotate(record.id, { from: 0, attempt: 'a', next: rotationAt(now), rules: limit(1) }, now),
        'rotated',
      );
      assert.equal(await store.count(now), 1);
      assert.ok(await store.access(record.id, 1, now));
    },
  );

  promise('C1 parallel refreshes of lapsed sessions keep the limit exactly', async (store, start) => {
    const records = await inParallel(30, () => added(store, start));
    const now = start + ACTIVE;
    const results = await inParallel(records.length, (index) =>
      store.rotate(
        records[index]!.id,
        { from: 0, attempt: `a${index}`, next: rotationAt(now), rules: limit(3) },
        now,
      ),
    );
    assert.equal(results.filter(({ outcome }) => outcome === 'rotated').length, 3);
    assert.equal(results.filter(({ outcome }) => outcome === 'limit-reached').length, 27);
    assert.equal(await store.count(now), 3);
  });

  promise(
    'F2 of parallel refreshes of one generation exactly one wins, and the others learn who',
    async (store, start) => {
      const { id } = await added(store, start);
      const results = await inParallel(50, (index) =>
        store.rotate(
          id,
          { from: 0, attempt: `attempt-${index}`, next: rotationAt(start), rules: UNLIMITED },
          start,
        ),
      );
      const winners = results.filter(({ outcome }) => outcome === 'rotated');
      assert.equal(winners.length, 1);
      const record = (await store.find(id, start))!;
      assert.equal(record.generation, 1);
      for (const result of results) sameRecord('record' in result ? result.record : undefined, record);
    },
  );
}
