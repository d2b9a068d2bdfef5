import assert from 'node:assert/strict';
import { SECOND } from '../../util/clock.js';
import type { SessionRecord } from '../../core/session.js';
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
  UNLIMITED,
} from './fixtures.js';

const BUDGET = { budgetMs: 1000, batchSize: 100 };

/** Every verb that is told the time, in its most harmless form. */
const VERBS: Readonly<Record<string, (store: SessionStore, record: SessionRecord, now: number) => unknown>> =
  {
    create: (store, _record, now) => store.create(newSession(now, { username: 'bob' }), limit(0), now),
    access: (store, { id }, now) => store.access(id, 0, now),
    rotate: (store, { id }, now) =>
      store.rotate(id, { from: 0, attempt: 'a', next: rotationAt(now), rules: UNLIMITED }, now),
    amend: (store, { id }, now) => store.amend(id, { details: { label: 'phone' } }, now),
    find: (store, { id }, now) => store.find(id, now),
    revoke: (store, { id }, now) => store.revoke(id, 'logout', {}, now),
    revokeByUser: (store, { username }, now) => store.revokeByUser(username, {}, now),
    revokeAll: (store, _record, now) => store.revokeAll({}, now),
    browse: (store, _record, now) => store.browse({ limit: 1 }, now),
    listByUser: (store, { username }, now) => store.listByUser(username, now),
    count: (store, _record, now) => store.count(now),
    sweepExpired: (store, _record, now) => store.sweepExpired(now, BUDGET),
  };

/** They end what is over at the later time; nothing brings that back. */
const ENDING: ReadonlySet<string> = new Set(['revokeByUser', 'revokeAll', 'sweepExpired']);

/** Within a minute of the end of {@link shortLived}. */
const SOON = 30 * SECOND;

/** A session of alice's that is over, access and all, at `start + SOON`. */
function shortLived(store: SessionStore, start: number, given: Partial<SessionRecord> = {}) {
  return added(store, start, { activeUntil: start + SOON, renewableUntil: start + SOON, ...given });
}

/** What makes a session last beyond the end that it was created with, and such a session. */
const PROLONGED: Readonly<
  Record<
    string,
    {
      readonly given: (start: number) => Partial<SessionRecord>;
      readonly prolong: (store: SessionStore, id: string, now: number) => unknown;
    }
  >
> = {
  'is refreshed': {
    given: () => ({}),
    prolong: (store, id, now) =>
      store.rotate(id, { from: 0, attempt: 'a', next: rotationAt(now), rules: UNLIMITED }, now),
  },
  slides: {
    given: (start) => ({ renewableUntil: start + ACTIVE, slideBy: ACTIVE }),
    prolong: (store, id, now) => store.access(id, 0, now),
  },
  'is used before it falls idle': {
    given: (start) => ({ activeUntil: start + RENEWABLE, idleTimeout: ACTIVE }),
    prolong: (store, id, now) => store.access(id, 0, now),
  },
};

export function earlierNowPromises(promise: Promises<SessionStore>): void {
  for (const [verb, call] of Object.entries(VERBS)) {
    promise(
      `a now that is earlier by less than a minute counts as the latest, if ${verb} saw that`,
      async (store, start) => {
        const record = await shortLived(store, start);
        await call(store, record, start + SOON);
        assert.equal(await store.find(record.id, start), undefined);
        assert.equal(await store.access(record.id, 0, start), undefined);
        assert.equal(await store.count(start), 0);
      },
    );
  }

  for (const [verb, call] of Object.entries(VERBS).filter(([verb]) => !ENDING.has(verb))) {
    promise(
      `a now that is earlier by more than a minute is the truth, if ${verb} saw a later one`,
      async (store, start) => {
        const record = await added(store, start);
        await call(store, record, start + RENEWABLE);
        assert.equal((await store.find(record.id, start))?.id, record.id);
        assert.equal(await store.count(start), 1);
        assert.equal((await store.access(record.id, 0, start))?.id, record.id);
      },
    );
  }

  promise(
    'a session that seemed to have lapsed is evicted in its turn, once it is active again',
    async (store, start) => {
      const first = await added(store, start);
      const evicting = limit(1, { onLimit: 'evict-oldest' });
      for (let login = 0; login < 2; login += 1) {
        await store.create(newSession(start + RENEWABLE), evicting, start + RENEWABLE);
      }
      assert.equal(await store.count(start), 1);
      const { evicted } = expectOutcome(await store.create(newSession(start), evicting, start), 'created');
      assert.deepEqual(idsOf(evicted), [first.id]);
      assert.equal(await store.count(start), 1);
    },
  );

  for (const [prolonged, { given, prolong }] of Object.entries(PROLONGED)) {
    promise(
      `a session that seemed to have lapsed holds its slot to its end, if it ${prolonged} meanwhile`,
      async (store, start) => {
        const first = await added(store, start, given(start));
        const evicting = limit(1, { onLimit: 'evict-oldest' });
        for (let login = 0; login < 2; login += 1) {
          await store.create(newSession(start + RENEWABLE), evicting, start + RENEWABLE);
        }
        await prolong(store, first.id, start + SOON);
        const later = start + ACTIVE + SECOND;
        assert.equal(await store.count(later), 1);
        const page = await store.browse({ limit: 10 }, later);
        assert.deepEqual(idsOf(page?.records ?? []), [first.id]);
        const { evicted } = expectOutcome(await store.create(newSession(later), evicting, later), 'created');
        assert.deepEqual(idsOf(evicted), [first.id]);
      },
    );
  }

  promise('R2 revokeByUser by a clock that is ahead ends what that takes for over', async (store, start) => {
    const { id } = await added(store, start);
    assert.deepEqual(await store.revokeByUser('alice', {}, start + RENEWABLE), []);
    assert.equal(await store.find(id, start), undefined);
    assert.equal(await store.count(start), 0);
  });

  promise('a session that is dated more than a minute ahead is not there', async (store, start) => {
    const dated = start + 61 * SECOND;
    const { id } = await added(store, dated);
    assert.equal(await store.access(id, 0, start - SECOND), undefined);
    assert.equal(await store.find(id, start - SECOND), undefined);
    expectOutcome(
      await store.rotate(
        id,
        { from: 0, attempt: 'a', next: rotationAt(start), rules: UNLIMITED },
        start - SECOND,
      ),
      'gone',
    );
    assert.equal(await store.revoke(id, 'logout', {}, start - SECOND), undefined);
    assert.deepEqual(await store.listByUser('alice', start - SECOND), []);
    assert.equal(await store.count(start - SECOND), 0);
    const one = limit(1, { reuseExisting: true });
    expectOutcome(await store.create(newSession(start), one, start - SECOND), 'created');
    assert.equal(await store.count(start - SECOND), 1);
  });

  promise(
    'a session that is dated a minute ahead is there: clocks of processes disagree',
    async (store, start) => {
      const { id } = await added(store, start + 60 * SECOND);
      assert.equal((await store.access(id, 0, start))?.id, id);
      assert.equal(await store.count(start), 1);
    },
  );

  promise(
    'a slightly earlier now counts as the latest, in every verb that answers by activeUntil',
    async (store, start) => {
      const { id } = await added(store, start);
      const before = start + ACTIVE - SECOND;
      assert.equal(await store.count(start + ACTIVE), 0);
      assert.equal(await store.access(id, 0, before), undefined);
      assert.equal(await store.count(before), 0);
      expectOutcome(
        await store.create(newSession(start + ACTIVE), limit(1, { reuseExisting: true }), before),
        'created',
      );
      expectOutcome(
        await store.rotate(id, { from: 0, attempt: 'a', next: rotationAt(before), rules: limit(1) }, before),
        'limit-reached',
      );
    },
  );

  promise(
    'a slightly earlier now counts as the latest, in every verb that answers by renewableUntil',
    async (store, start) => {
      const [first, second] = await inParallel(2, () => added(store, start));
      const kept = await added(store, start + SECOND);
      const before = start + RENEWABLE - SECOND;
      await store.count(start + RENEWABLE);
      assert.equal(await store.find(first!.id, before), undefined);
      assert.equal(await store.revoke(first!.id, 'logout', {}, before), undefined);
      expectOutcome(
        await store.rotate(
          second!.id,
          { from: 0, attempt: 'a', next: rotationAt(before), rules: UNLIMITED },
          before,
        ),
        'gone',
      );
      assert.deepEqual(idsOf(await store.listByUser('alice', before)), [kept.id]);
      assert.deepEqual(await store.sweepExpired(before, BUDGET), { removed: 2, more: false });
      assert.deepEqual(await store.revokeByUser('alice', {}, before), [kept.id]);
    },
  );

  promise(
    'a slightly earlier now dates no access back, and reopens no grace window',
    async (store, start) => {
      const { id } = await added(store, start, { generation: 1, previousUntil: start + 5 * SECOND });
      await store.count(start + 5 * SECOND);
      assert.equal(await store.access(id, 0, start), undefined);
      assert.equal((await store.access(id, 1, start))?.lastAccessed, start + 5 * SECOND);
    },
  );

  promise('clockCorrected makes a store of one process forget the latest time', async (store, start) => {
    const { id } = await shortLived(store, start);
    assert.equal(await store.count(start + SOON), 0);
    await store.clockCorrected({ now: start });
    if (store.shared) return;
    assert.equal((await store.access(id, 0, start))?.id, id);
    assert.equal(await store.count(start), 1);
  });

  promise(
    'clockCorrected ends all in a store of one process whose clock was set back for good',
    async (store, start) => {
      const { id } = await added(store, start);
      await store.clockCorrected({ now: start - 3600 * SECOND, setBackBy: 3600 * SECOND });
      if (store.shared) return;
      for (const now of [start - 3600 * SECOND, start]) {
        assert.equal(await store.find(id, now), undefined);
        assert.equal(await store.count(now), 0);
        assert.deepEqual(await store.listByUser('alice', now), []);
      }
      expectOutcome(await store.create(newSession(start), limit(1), start), 'created');
    },
  );

  promise('what is no time is refused, and counts nothing as active', async (store, start) => {
    const record = await added(store, start);
    for (const [verb, call] of Object.entries(VERBS)) {
      for (const now of [Number.NaN, Infinity, undefined as unknown as number]) {
        const answer = async () => call(store, record, now);
        await assert.rejects(answer, `${verb} at ${now}`);
      }
    }
    assert.equal((await store.access(record.id, 0, start))?.id, record.id);
  });
}
