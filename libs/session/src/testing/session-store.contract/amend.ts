import assert from 'node:assert/strict';
import { SECOND } from '../../util/clock.js';
import type { SessionStore } from '../../core/session-store.js';
import { MAX_CARRIED_BYTES, type Amendment } from '../../core/session.js';
import type { Promises } from '../test-api.js';
import {
  ACTIVE,
  added,
  expectOutcome,
  FURTHER,
  inParallel,
  newSession,
  refreshed,
  RENEWABLE,
  rotationAt,
  sameRecord,
} from './fixtures.js';

/** Names that every object has already. */
const INHERITED = ['__proto__', 'constructor', 'toString', 'hasOwnProperty'] as const;

export function amendPromises(promise: Promises<SessionStore>): void {
  promise('amend changes what it names, key by key; null takes one away', async (store, start) => {
    const record = await added(store, start, {
      details: { label: 'phone', ip: '::1', own: 'kept' },
      claims: { tenant: 'one', level: 3, beta: true },
    });
    const amended = await store.amend(
      record.id,
      { details: { label: 'tablet', ip: null, more: '' }, claims: { level: 0, beta: null, alpha: false } },
      start,
    );
    const expected = {
      ...record,
      details: { label: 'tablet', own: 'kept', more: '' },
      claims: { tenant: 'one', level: 0, alpha: false },
    };
    sameRecord(expectOutcome(amended, 'amended').record, expected);
    sameRecord(await store.find(record.id, start), expected);
  });

  promise('amend gives a record its first details and claims, and takes the last', async (store, start) => {
    const record = await added(store, start);
    const [details, claims] = [{ label: 'phone' }, { level: 3 }];
    await store.amend(record.id, { details }, start);
    sameRecord(await store.find(record.id, start), { ...record, details });
    await store.amend(record.id, { claims }, start);
    sameRecord(await store.find(record.id, start), { ...record, details, claims });
    await store.amend(record.id, { details: { label: null, never: null } }, start);
    sameRecord(await store.find(record.id, start), { ...record, claims });
    await store.amend(record.id, { claims: { level: null } }, start);
    sameRecord(await store.find(record.id, start), record);
  });

  promise('amend that names nothing answers the record as it is', async (store, start) => {
    const record = await added(store, start, { ...FURTHER, details: { label: 'phone' } });
    for (const nothing of [{}, { details: {} }, { claims: {}, details: {} }]) {
      sameRecord(expectOutcome(await store.amend(record.id, nothing, start), 'amended').record, record);
    }
  });

  promise('amend takes any key, those too that every object has already', async (store, start) => {
    const record = await added(store, start);
    const named = (value: string | null) => Object.fromEntries(INHERITED.map((key) => [key, value]));
    const all = { details: named('own'), claims: named('own') };
    const amended = expectOutcome(await store.amend(record.id, all, start), 'amended').record;
    for (const { details, claims } of [amended, (await store.find(record.id, start))!]) {
      for (const carried of [details, claims]) {
        assert.deepEqual(Object.entries(carried ?? {}).sort(), Object.entries(named('own')).sort());
      }
    }
    await store.amend(record.id, { details: named(null), claims: named(null) }, start);
    sameRecord(await store.find(record.id, start), record);
  });

  for (const member of ['details', 'claims'] as const) {
    promise(`amend lets ${member} come to exactly 2 KiB of names and values`, async (store, start) => {
      const record = await added(store, start, { [member]: { kept: 'as it is' } });
      const filled = (bytes: number): Amendment => ({
        // Two bytes each, so that who counts characters sees half of them.
        [member]: { kept: null, ä: `${'é'.repeat((bytes - 2) >> 1)}${bytes % 2 === 0 ? '' : 'x'}` },
      });
      const refused = await store.amend(record.id, filled(MAX_CARRIED_BYTES + 1), start);
      assert.deepEqual(refused, { outcome: 'too-large' });
      sameRecord(await store.find(record.id, start), record);
      expectOutcome(await store.amend(record.id, filled(MAX_CARRIED_BYTES), start), 'amended');
      sameRecord(await store.find(record.id, start), {
        ...record,
        [member]: { ä: 'é'.repeat((MAX_CARRIED_BYTES - 2) / 2) },
      });
      const more = { [member]: { x: '' } };
      assert.deepEqual(await store.amend(record.id, more, start), { outcome: 'too-large' });
    });
  }

  promise('amend counts what is left, and details and claims each by themselves', async (store, start) => {
    const full = { a: 'x'.repeat(MAX_CARRIED_BYTES - 1) };
    const record = await added(store, start, { details: full });
    expectOutcome(await store.amend(record.id, { claims: full }, start), 'amended');
    const exchanged = { a: null, b: 'y'.repeat(MAX_CARRIED_BYTES - 1) };
    expectOutcome(await store.amend(record.id, { details: exchanged }, start), 'amended');
    sameRecord(await store.find(record.id, start), {
      ...record,
      details: { b: 'y'.repeat(MAX_CARRIED_BYTES - 1) },
      claims: full,
    });
  });

  promise('amend counts numbers, true and false as they are written', async (store, start) => {
    const { id } = await added(store, start);
    const rest = 'x'.repeat(MAX_CARRIED_BYTES - 'numbertruefalse-12.5truefalserest'.length);
    const claims = { number: -12.5, true: true, false: false, rest };
    const larger = { ...claims, rest: `${rest}x` };
    assert.deepEqual(await store.amend(id, { claims: larger }, start), { outcome: 'too-large' });
    expectOutcome(await store.amend(id, { claims }, start), 'amended');
  });

  promise('amend that would make either too large changes neither', async (store, start) => {
    const record = await added(store, start, { ...FURTHER, details: { label: 'phone' } });
    const large = { large: 'x'.repeat(MAX_CARRIED_BYTES) };
    for (const amendment of [
      { details: { label: 'tablet' }, claims: large },
      { details: large, claims: { tenant: null } },
    ]) {
      assert.deepEqual(await store.amend(record.id, amendment, start), { outcome: 'too-large' });
      sameRecord(await store.find(record.id, start), record);
    }
  });

  promise('amend is no access, and moves no time', async (store, start) => {
    const idle = { idleTimeout: 10 * SECOND, slideBy: ACTIVE, details: { label: 'phone' } };
    const record = await added(store, start, { ...idle, renewableUntil: start + ACTIVE });
    const now = start + 9 * SECOND;
    await store.amend(record.id, { details: { label: 'tablet' } }, now);
    sameRecord(await store.find(record.id, now), { ...record, details: { label: 'tablet' } });
    assert.equal(await store.count(start + 10 * SECOND - 1), 1);
    assert.equal(await store.access(record.id, 0, start + 10 * SECOND), undefined);
  });

  promise(
    'amend changes a lapsed session too, 1 ms before renewableUntil, not at it',
    async (store, start) => {
      const { id } = await added(store, start);
      const change = (label: string, now: number) => store.amend(id, { details: { label } }, now);
      const { record } = expectOutcome(await change('late', start + RENEWABLE - 1), 'amended');
      assert.equal(record.details?.label, 'late');
      assert.deepEqual(await change('too late', start + RENEWABLE), { outcome: 'gone' });
    },
  );

  promise('T4 amend creates nothing, and judges gone before too-large', async (store, start) => {
    const { id } = newSession(start);
    const large = { details: { large: 'x'.repeat(MAX_CARRIED_BYTES) } };
    for (const amendment of [{ details: { label: 'phone' } }, large]) {
      assert.deepEqual(await store.amend(id, amendment, start), { outcome: 'gone' });
    }
    assert.equal(await store.find(id, start), undefined);
    assert.deepEqual(await store.listByUser('alice', start), []);
    assert.equal(await store.count(start), 0);
  });

  promise('amend with a username changes only that user’s session', async (store, start) => {
    const record = await added(store, start, { details: { label: 'phone' } });
    const details = { label: 'tablet', large: 'x'.repeat(MAX_CARRIED_BYTES) };
    for (const username of ['mallory', 'Alice', '', undefined]) {
      for (const change of [{ label: 'mine' }, details]) {
        const answer = await store.amend(record.id, { details: change, username }, start);
        assert.deepEqual(answer, { outcome: 'gone' }, `as ${username}`);
      }
    }
    sameRecord(await store.find(record.id, start), record);
    const own = { details: { label: 'tablet' }, username: 'alice' };
    expectOutcome(await store.amend(record.id, own, start), 'amended');
    sameRecord(await store.find(record.id, start), { ...record, details: { label: 'tablet' } });
  });

  promise('of amendments at the same time none is lost', async (store, start) => {
    const record = await added(store, start, { details: { label: 'phone' } });
    const keys = Array.from({ length: 25 }, (_, index) => `key-${index}`);
    await inParallel(keys.length, (index) => {
      const change = { [keys[index]!]: `${index}` };
      return store.amend(record.id, { details: change, claims: change }, start);
    });
    const all = Object.fromEntries(keys.map((key, index) => [key, `${index}`]));
    sameRecord(await store.find(record.id, start), {
      ...record,
      details: { label: 'phone', ...all },
      claims: all,
    });
  });

  promise('amendments, accesses and a refresh at the same time lose nothing', async (store, start) => {
    const record = await added(store, start);
    const now = start + SECOND;
    const next = rotationAt(now, { acr: 'gold' });
    await Promise.all([
      store.access(record.id, 0, now),
      store.amend(record.id, { details: { label: 'phone' } }, now),
      refreshed(store, record.id, now, { next }),
      store.amend(record.id, { claims: { level: 3 } }, now),
      store.access(record.id, 1, now),
    ]);
    sameRecord(await store.find(record.id, now), {
      ...record,
      ...next,
      generation: 1,
      attempt: 'a',
      details: { label: 'phone' },
      claims: { level: 3 },
    });
  });

  promise('R7 an amendment racing a revocation never revives the session', async (store, start) => {
    const records = await inParallel(10, () => added(store, start));
    await inParallel(records.length * 3, (index) => {
      const { id } = records[Math.floor(index / 3)]!;
      if (index % 3 === 1) return store.revoke(id, 'logout', {}, start);
      return store.amend(id, { details: { label: 'phone' } }, start);
    });
    for (const { id } of records) {
      assert.equal(await store.find(id, start), undefined);
      assert.deepEqual(await store.amend(id, { claims: { level: 1 } }, start), { outcome: 'gone' });
    }
    assert.equal(await store.count(start), 0);
  });
}
