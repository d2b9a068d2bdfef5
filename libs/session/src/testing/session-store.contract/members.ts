import assert from 'node:assert/strict';
import { SECOND } from '../../util/clock.js';
import type { SessionStore } from '../../core/session-store.js';
import type { Promises } from '../test-api.js';
import { walk } from '../walk.js';
import {
  ACTIVE,
  added,
  expectOutcome,
  FURTHER,
  newSession,
  refreshed,
  REUSE,
  rotationAt,
  sameRecord,
} from './fixtures.js';

export function memberPromises(promise: Promises<SessionStore>): void {
  promise('gives back every further member in every verb, unknown ones too', async (store, start) => {
    const given = { ...FURTHER, authenticatedAt: start - SECOND, details: { label: 'phone' } };
    const record = await added(store, start, given);
    sameRecord(await store.find(record.id, start), record);
    const again = await store.create(newSession(start), REUSE, start);
    sameRecord(expectOutcome(again, 'existing').record, record);
    const [listed] = await store.listByUser('alice', start);
    sameRecord(listed, record);
    const [browsed] = await walk((request) => store.browse(request, start), 1);
    sameRecord(browsed, record);
    const { details: _, ...active } = record;
    sameRecord(await store.access(record.id, 0, start), active);
    const amended = await store.amend(record.id, { details: { label: 'tablet' } }, start);
    const renamed = { ...record, details: { label: 'tablet' } };
    sameRecord(expectOutcome(amended, 'amended').record, renamed);
    const rotated = { ...renamed, generation: 1, attempt: 'a' };
    sameRecord(expectOutcome(await refreshed(store, record.id, start), 'rotated').record, rotated);
    sameRecord(expectOutcome(await refreshed(store, record.id, start), 'rotated').record, rotated);
    const stale = await refreshed(store, record.id, start, { attempt: 'b' });
    sameRecord(expectOutcome(stale, 'stale').record, rotated);
    sameRecord(await store.revoke(record.id, 'logout', {}, start), rotated);
  });

  promise('rotate replaces the further members that it is given, and only those', async (store, start) => {
    const record = await added(store, start, { ...FURTHER, authenticatedAt: start });
    const now = start + SECOND;
    const proof = { authenticatedAt: now, authenticatedIn: 1, acr: 'gold', amr: ['hwk'] };
    await refreshed(store, record.id, now, { next: rotationAt(now, proof) });
    const proven = { ...record, ...rotationAt(now, proof), generation: 1, attempt: 'a' };
    sameRecord(await store.find(record.id, now), proven);
    const claims = { tenant: 'two' };
    await refreshed(store, record.id, now, {
      from: 1,
      attempt: 'b',
      next: rotationAt(now, { claims }),
    });
    sameRecord(await store.find(record.id, now), { ...proven, generation: 2, attempt: 'b', claims });
  });

  promise('rotate gives further members to a record that had none', async (store, start) => {
    const record = await added(store, start);
    const next = rotationAt(start, { authenticatedAt: start, authenticatedIn: 1, acr: 'gold' });
    await refreshed(store, record.id, start, { next });
    sameRecord(await store.find(record.id, start), { ...record, ...next, generation: 1, attempt: 'a' });
  });

  promise('a refused rotate gives a record no further members', async (store, start) => {
    const record = await added(store, start, { generation: 3 });
    const next = rotationAt(start, { acr: 'gold', claims: { tenant: 'two' } });
    expectOutcome(await refreshed(store, record.id, start, { from: 2, next }), 'stale');
    sameRecord(await store.find(record.id, start), record);
  });

  promise('access leaves out what only lists and refreshes look at', async (store, start) => {
    const { id } = await added(store, start, { details: { label: 'phone' }, attempt: 'a' });
    const accessed = await store.access(id, 0, start);
    assert.ok(accessed);
    const { details, attempt } = accessed as { readonly details?: unknown; readonly attempt?: unknown };
    assert.deepEqual([details, attempt], [undefined, undefined]);
    const { details: kept, attempt: known } = (await store.find(id, start))!;
    assert.deepEqual([{ ...kept }, known], [{ label: 'phone' }, 'a']);
  });

  promise('access answers the same when it is asked to answer afresh', async (store, start) => {
    const record = await added(store, start, { generation: 1, previousUntil: start + SECOND, ...FURTHER });
    for (const [generation, now] of [
      [1, start],
      [0, start],
      [2, start],
      [0, start + SECOND],
      [1, start + 7 * SECOND],
      [1, start + ACTIVE],
    ] as const) {
      const first = await store.access(record.id, generation, now, { fresh: true });
      const second = await store.access(record.id, generation, now, { fresh: false });
      if (second === undefined) assert.equal(first, undefined);
      else sameRecord(first, second);
    }
    assert.equal((await store.find(record.id, start + ACTIVE))?.lastAccessed, start + 7 * SECOND);
  });

  promise('what a record carries is kept as a copy, and handed out as one', async (store, start) => {
    const given = structuredClone({ ...FURTHER, details: { label: 'phone' } });
    const record = structuredClone(await added(store, start, given));
    spoil(given);
    spoil((await store.find(record.id, start))!);
    spoil((await store.access(record.id, 0, start))!);
    spoil((await store.listByUser('alice', start))[0]!);
    spoil((await walk((request) => store.browse(request, start), 1))[0]!);
    const claims = { tenant: 'two' };
    const amended = await store.amend(record.id, { claims }, start);
    spoil({ claims });
    spoil(expectOutcome(amended, 'amended').record);
    sameRecord(await store.find(record.id, start), {
      ...record,
      claims: { ...FURTHER.claims, tenant: 'two' },
    });
    const next = rotationAt(start, { amr: ['hwk'], claims: { tenant: 'three' } });
    const expected = { ...record, ...structuredClone(next), generation: 1, attempt: 'a' };
    const rotated = await refreshed(store, record.id, start, { next });
    spoil(next);
    spoil(expectOutcome(rotated, 'rotated').record);
    sameRecord(await store.find(record.id, start), expected);
  });
}

/** What a careless caller might do to a record and all that it carries; frozen, it may well resist. */
function spoil(value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  for (const [name, member] of Object.entries(value)) {
    spoil(member);
    Reflect.set(value, name, 'spoilt');
  }
}
