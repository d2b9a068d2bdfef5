import assert from 'node:assert/strict';
import { SECOND } from '../../util/clock.js';
import type { SessionRecord } from '../../core/session.js';
import type { SessionStore } from '../../core/session-store.js';
import type { Promises } from '../test-api.js';
import { NOWHERE, walk } from '../walk.js';
import {
  ACTIVE,
  added,
  expectOutcome,
  FURTHER,
  idsOf,
  limit,
  newSession,
  refreshed,
  RENEWABLE,
  rotationAt,
  sameRecord,
  UNLIMITED,
} from './fixtures.js';

export function browsePromises(promise: Promises<SessionStore>): void {
  promise('browse answers nothing of a store that is empty', async (store, start) => {
    const page = await store.browse({ limit: 10 }, start);
    assert.deepEqual(page?.records, []);
    assert.deepEqual(await walked(store, 10, start), []);
  });

  promise('browse answers whole records, who took a slot last first', async (store, start) => {
    const records = [
      await added(store, start, { username: 'bob', details: { label: 'phone' } }),
      await added(store, start + SECOND, FURTHER),
      await added(store, start, { username: 'carol' }),
    ];
    for (const pageSize of [1, 2, 3, 100]) {
      const seen = await walk((request) => store.browse(request, start + SECOND), pageSize);
      assert.equal(seen.length, 3);
      for (const record of records) sameRecord(seen.pop(), record);
    }
  });

  promise('browse has a session until activeUntil or its idleness, and not at them', async (store, start) => {
    const lapsing = await added(store, start);
    const idling = await added(store, start, { idleTimeout: ACTIVE - SECOND });
    const longer = await added(store, start, { activeUntil: start + 2 * ACTIVE });
    const all = [longer.id, idling.id, lapsing.id];
    for (const [now, ids] of [
      [start + ACTIVE - SECOND - 1, all],
      [start + ACTIVE - SECOND, [longer.id, lapsing.id]],
      [start + ACTIVE - 1, [longer.id, lapsing.id]],
      [start + ACTIVE, [longer.id]],
      [start + 2 * ACTIVE, []],
    ] as const) {
      assert.deepEqual(await walked(store, 2, now), ids, `at ${now - start}`);
    }
  });

  promise('browse answers nothing that has ended, in whichever way', async (store, start) => {
    const evicting = limit(4, { onLimit: 'evict-oldest' });
    const records: SessionRecord[] = [];
    for (const username of ['evicted', 'revoked', 'alice', 'kept']) {
      records.push(await added(store, start, { username }));
    }
    const [evicted, revoked, , kept] = records;
    const late = newSession(start, { username: 'late' });
    const created = await store.create(late, evicting, start);
    assert.deepEqual(idsOf(expectOutcome(created, 'created').evicted), [evicted!.id]);
    await store.revoke(revoked!.id, 'revoked', {}, start);
    await store.revokeByUser('alice', {}, start);
    assert.deepEqual(await walked(store, 2, start), [late.id, kept!.id]);
  });

  promise('browse does not show what is dated more than a minute ahead', async (store, start) => {
    const present = await added(store, start);
    await added(store, start + 62 * SECOND);
    assert.deepEqual(await walked(store, 1, start), [present.id]);
  });

  promise(
    'a refresh of a lapsed session takes it to the front, one of an active session nowhere',
    async (store, start) => {
      const lapsing = await added(store, start);
      const first = await added(store, start, { activeUntil: start + 2 * ACTIVE });
      const second = await added(store, start, { activeUntil: start + 2 * ACTIVE });
      const now = start + ACTIVE;
      await refreshed(store, first.id, now);
      await store.access(second.id, 0, now);
      assert.deepEqual(await walked(store, 2, now), [second.id, first.id]);
      await refreshed(store, lapsing.id, now);
      assert.deepEqual(await walked(store, 2, now), [lapsing.id, second.id, first.id]);
    },
  );

  promise('browse leaves no trace', async (store, start) => {
    const record = await added(store, start, { idleTimeout: 10 * SECOND });
    await walked(store, 1, start + 5 * SECOND);
    sameRecord(await store.find(record.id, start + 5 * SECOND), record);
    assert.deepEqual(await walked(store, 1, start + 10 * SECOND), []);
  });

  promise(
    'what keeps its slot during a walk is on exactly one page, though the one that the page ended with has gone',
    async (store, start) => {
      const ids: string[] = [];
      for (let index = 0; index < 30; index += 1) ids.push((await added(store, start)).id);
      const gone = new Set<string>();
      const seen = await walk(
        (request) => store.browse(request, start),
        4,
        async (page) => {
          await added(store, start, { username: 'late' });
          const last = ids.indexOf(page.at(-1)?.id ?? '');
          // That one, and who would have come next.
          for (const id of ids.slice(Math.max(0, last - 1), last + 1)) {
            await store.revoke(id, 'revoked', {}, start);
            gone.add(id);
          }
        },
      );
      assert.ok(gone.size > 5 && gone.size < 20);
      const kept = ids.filter((id) => !gone.has(id));
      for (const id of kept) assert.equal(idsOf(seen).filter((each) => each === id).length, 1);
    },
  );

  promise(
    'what keeps its slot is on exactly one page while others lapse and take their slots anew',
    async (store, start) => {
      const now = start + ACTIVE;
      const [kept, lapsed]: [string[], string[]] = [[], []];
      for (let index = 0; index < 24; index += 1) {
        const keeps = index % 3 === 0;
        const activeUntil = now + (keeps ? ACTIVE : (index % 3) * SECOND);
        (keeps ? kept : lapsed).push((await added(store, start, { activeUntil })).id);
      }
      let time = now;
      const seen = await walk(
        (request) => store.browse(request, time),
        3,
        async (page) => {
          // All others have lapsed after two pages, and come back one by one.
          time = Math.min(time + SECOND, now + 2 * SECOND);
          const next = rotationAt(time);
          const [last] = idsOf(page).filter((id) => lapsed.includes(id));
          for (const id of [last, lapsed.shift()]) {
            if (id !== undefined) await refreshed(store, id, time, { next, attempt: 'walk' });
          }
        },
      );
      for (const id of kept) assert.equal(idsOf(seen).filter((each) => each === id).length, 1);
    },
  );

  promise('what comes during a walk is not waited for: the walk ends', async (store, start) => {
    for (let index = 0; index < 5; index += 1) await added(store, start);
    const seen = await walk(
      (request) => store.browse(request, start),
      1,
      () => added(store, start),
    );
    assert.equal(new Set(idsOf(seen)).size, seen.length);
    assert.ok(seen.length >= 5);
  });

  promise('browse goes on where a page ended, from wherever and as often as asked', async (store, start) => {
    for (let index = 0; index < 6; index += 1) await added(store, start);
    const ids = await walked(store, 6, start);
    const { records, next } = (await store.browse({ limit: 2 }, start))!;
    for (const pageSize of [1, 4, 2]) {
      const rest = await walk((request) => store.browse({ after: next, ...request }, start), pageSize);
      assert.deepEqual([...idsOf(records), ...idsOf(rest)], ids);
    }
  });

  promise('browse has no page after what no page has answered', async (store, start) => {
    for (let index = 0; index < 3; index += 1) await added(store, start);
    for (const after of NOWHERE) {
      assert.equal(await store.browse({ after, limit: 10 }, start), undefined, JSON.stringify(after));
    }
  });

  promise('E5 browse answers the same before a sweep as after it', async (store, start) => {
    await added(store, start, { username: 'bob' });
    const { id } = await added(store, start, {
      activeUntil: start + 2 * RENEWABLE,
      renewableUntil: start + 2 * RENEWABLE,
    });
    assert.deepEqual(await walked(store, 1, start + RENEWABLE), [id]);
    await store.sweepExpired(start + RENEWABLE, { budgetMs: 1000, batchSize: 100 });
    assert.deepEqual(await walked(store, 1, start + RENEWABLE), [id]);
  });

  promise(
    'a session that seemed to have lapsed is browsed, once it is active again',
    async (store, start) => {
      const { id } = await added(store, start);
      const evicting = limit(1, { onLimit: 'evict-oldest' });
      const ahead = start + RENEWABLE;
      for (let login = 0; login < 2; login += 1) await store.create(newSession(ahead), evicting, ahead);
      await store.create(newSession(start), UNLIMITED, start);
      const ids = await walked(store, 1, start);
      assert.equal(ids.length, 2);
      assert.ok(ids.includes(id));
    },
  );
}

async function walked(store: SessionStore, pageSize: number, now: number): Promise<string[]> {
  return idsOf(await walk((request) => store.browse(request, now), pageSize));
}
