import assert from 'node:assert/strict';
import { SECOND } from '../../util/clock.js';
import type { SessionStore } from '../../core/session-store.js';
import type { Promises } from '../test-api.js';
import {
  ACTIVE,
  added,
  expectOutcome,
  idsOf,
  inParallel,
  limit,
  newSession,
  RENEWABLE,
  rotationAt,
  sameRecord,
  UNLIMITED,
} from './fixtures.js';

export function revokePromises(promise: Promises<SessionStore>): void {
  promise('R1 revoke ends a session at once, for every verb', async (store, start) => {
    const { id } = await added(store, start);
    await store.revoke(id, 'logout', {}, start);
    assert.equal(await store.access(id, 0, start), undefined);
    assert.equal(await store.find(id, start), undefined);
    assert.deepEqual(await store.listByUser('alice', start), []);
    assert.equal(await store.count(start), 0);
    expectOutcome(
      await store.rotate(id, { from: 0, attempt: 'a', next: rotationAt(start), rules: UNLIMITED }, start),
      'gone',
    );
  });

  promise('R5 revoke answers the record that it was once, and then undefined', async (store, start) => {
    const record = await added(store, start, { details: { label: 'phone' } });
    sameRecord(await store.revoke(record.id, 'revoked', {}, start), record);
    assert.equal(await store.revoke(record.id, 'revoked', {}, start), undefined);
  });

  promise('R5 of parallel revocations exactly one answers the record', async (store, start) => {
    const { id } = await added(store, start);
    const answers = await inParallel(20, () => store.revoke(id, 'logout', {}, start));
    assert.equal(answers.filter((record) => record !== undefined).length, 1);
    assert.equal(await store.count(start), 0);
  });

  promise('revoke with a username ends only that user’s session', async (store, start) => {
    const record = await added(store, start, { details: { label: 'phone' } });
    for (const username of ['mallory', 'Alice', '', undefined]) {
      assert.equal(await store.revoke(record.id, 'logout', { username }, start), undefined, `as ${username}`);
      sameRecord(await store.find(record.id, start), record);
      assert.equal(await store.count(start), 1);
    }
    sameRecord(await store.revoke(record.id, 'logout', { username: 'alice' }, start), record);
    assert.equal(await store.revoke(record.id, 'logout', { username: 'alice' }, start), undefined);
    assert.equal(await store.count(start), 0);
  });

  promise(
    'revoke ends a lapsed session 1 ms before renewableUntil, and there is none at it',
    async (store, start) => {
      const [first, second] = [await added(store, start), await added(store, start)];
      assert.ok(await store.revoke(first.id, 'logout', {}, start + RENEWABLE - 1));
      assert.equal(await store.revoke(second.id, 'logout', {}, start + RENEWABLE), undefined);
    },
  );

  promise('revoke frees the slot of an active session, and only of such a one', async (store, start) => {
    const lapsed = await added(store, start);
    const now = start + ACTIVE;
    const active = await added(store, now);
    await store.revoke(lapsed.id, 'logout', {}, now);
    assert.equal(await store.count(now), 1);
    expectOutcome(await store.create(newSession(now), limit(1), now), 'limit-reached');
    await store.revoke(active.id, 'logout', {}, now);
    expectOutcome(await store.create(newSession(now), limit(1), now), 'created');
  });

  promise(
    'R7 F5 an access or a refresh racing a revocation never revives the session',
    async (store, start) => {
      const records = await inParallel(20, () => added(store, start));
      const now = start + SECOND;
      const racing: ((id: string) => unknown)[] = [
        (id) => store.access(id, 0, now),
        (id) => store.rotate(id, { from: 0, attempt: 'a', next: rotationAt(now), rules: UNLIMITED }, now),
        (id) => store.revoke(id, 'logout', {}, now),
        (id) => store.access(id, 1, now),
        (id) => store.rotate(id, { from: 1, attempt: 'b', next: rotationAt(now), rules: UNLIMITED }, now),
      ];
      await inParallel(100, (index) => racing[index % 5]!(records[Math.floor(index / 5)]!.id));
      for (const { id } of records) assert.equal(await store.find(id, now), undefined);
      assert.deepEqual(await store.listByUser('alice', now), []);
      assert.equal(await store.count(now), 0);
    },
  );

  promise('R7 a repeated refresh attempt never revives a revoked session', async (store, start) => {
    const { id } = await added(store, start);
    await store.rotate(id, { from: 0, attempt: 'a', next: rotationAt(start), rules: UNLIMITED }, start);
    await store.revoke(id, 'reuse', {}, start);
    expectOutcome(
      await store.rotate(id, { from: 0, attempt: 'a', next: rotationAt(start), rules: UNLIMITED }, start),
      'gone',
    );
    assert.equal(await store.count(start), 0);
  });

  promise(
    'R2 revokeByUser ends all sessions of the user, lapsed ones too, and nobody else’s',
    async (store, start) => {
      const lapsed = await added(store, start);
      const active = await added(store, start + ACTIVE);
      const other = await added(store, start + ACTIVE, { username: 'bob' });
      const now = start + ACTIVE;
      assert.deepEqual((await store.revokeByUser('alice', {}, now)).sort(), [lapsed.id, active.id].sort());
      assert.deepEqual(await store.listByUser('alice', now), []);
      assert.deepEqual(idsOf(await store.listByUser('bob', now)), [other.id]);
      assert.equal(await store.count(now), 1);
      assert.deepEqual(await store.revokeByUser('alice', {}, now), []);
      expectOutcome(
        await store.rotate(
          lapsed.id,
          { from: 0, attempt: 'a', next: rotationAt(now), rules: UNLIMITED },
          now,
        ),
        'gone',
      );
    },
  );

  promise('R2 revokeByUser does not name sessions that were over', async (store, start) => {
    await added(store, start);
    assert.deepEqual(await store.revokeByUser('alice', {}, start + RENEWABLE), []);
  });

  promise('R3 revokeByUser keeps the one to except', async (store, start) => {
    const [kept, ended] = [await added(store, start), await added(store, start)];
    assert.deepEqual(await store.revokeByUser('alice', { except: kept.id }, start), [ended.id]);
    sameRecord(await store.find(kept.id, start), kept);
    assert.equal(await store.count(start), 1);
    const except = newSession(start).id;
    assert.deepEqual(await store.revokeByUser('alice', { except }, start), [kept.id]);
  });

  promise(
    'R7 revokeByUser racing refreshes leaves none of the sessions that it found',
    async (store, start) => {
      const records = await inParallel(10, () => added(store, start));
      await Promise.all([
        ...records.map(({ id }) =>
          store.rotate(id, { from: 0, attempt: 'a', next: rotationAt(start), rules: UNLIMITED }, start),
        ),
        store.revokeByUser('alice', {}, start),
        ...records.map(({ id }) =>
          store.rotate(id, { from: 1, attempt: 'b', next: rotationAt(start), rules: UNLIMITED }, start),
        ),
      ]);
      assert.deepEqual(await store.listByUser('alice', start), []);
      assert.equal(await store.count(start), 0);
    },
  );
}
