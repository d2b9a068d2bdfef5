import { expect } from '@jest/globals';
import fc from 'fast-check';
import {
  activeEnd,
  ceilToSecond,
  endingBy,
  fellIdle,
  floorToSecond,
  honours,
  isActive,
  isRenewable,
  renewableEnd,
  type Lifetimes,
} from '../../src/core/expiry.js';
import { SECOND } from '../../src/util/clock.js';
import type { MaybePromise } from '../../src/util/maybe-promise.js';
import type {
  Absence,
  EvictedSession,
  LimitReached,
  LimitRules,
  Rotation,
  SessionStore,
} from '../../src/core/session-store.js';
import { MAX_CARRIED_BYTES, type Amendment, type SessionRecord } from '../../src/core/session.js';
import { newSession } from '../../src/testing/session-store.contract/fixtures.js';

const START = Date.UTC(2026, 0, 1);

/** The port's promises in their plainest form: an array, looked through from end to end. */
class NaiveSessions {
  records: SessionRecord[] = [];
  /** Who took a slot, and as the how manieth, in that order. */
  slots: { readonly id: string; readonly serial: number }[] = [];
  taken = 0;
  /** Why those that are gone have gone, as far as it is remembered. */
  readonly gone = new Map<string, Absence>();
  /** A walk that is under way: the page that comes next, and before which slot it begins. */
  walk: { readonly after: string; readonly below: number } | undefined;
  /** By id, whose sessions an end of all has left to the sweep: none of a store that lets go of all at once. */
  readonly left = new Map<string, string>();
  /** Whether there was an end of all since everything was swept. */
  hasEnded = false;
  now = START;
  created = 0;

  constructor(readonly freesLater: boolean) {}

  at(time: number): number {
    this.now = Math.max(this.now, time);
    return this.now;
  }
  find(id: string) {
    return this.records.find((record) => record.id === id && isRenewable(record, this.now));
  }
  active() {
    return this.records.filter((record) => isActive(record, this.now));
  }
  of(username: string) {
    return this.records.filter((record) => record.username === username && isRenewable(record, this.now));
  }
  over() {
    return this.records.filter((record) => !isRenewable(record, this.now));
  }
  replace(record: SessionRecord) {
    this.records = this.records.map((present) => (present.id === record.id ? record : present));
    return record;
  }
  drop(gone: readonly SessionRecord[], reason?: Absence) {
    for (const record of gone) this.gone.set(record.id, reason ?? whyOver(record));
    this.records = this.records.filter((record) => !gone.includes(record));
  }
  endAllBut(kept: SessionRecord | undefined) {
    this.hasEnded = this.freesLater;
    for (const { id, username } of this.freesLater ? this.records : []) {
      if (id === kept?.id) continue;
      this.left.set(id, username);
      this.gone.set(id, 'revoked');
    }
    this.records = kept ? [kept] : [];
  }
  takeSlot(id: string) {
    this.slots = [...this.slots.filter((held) => held.id !== id), { id, serial: this.taken++ }];
  }
  /** The active sessions that took their slots before that one, the latest first. */
  holding(below: number) {
    const active = this.active();
    return this.slots
      .filter(({ serial }) => serial < below)
      .flatMap(({ id, serial }) =>
        active.filter((record) => record.id === id).map((record) => ({ record, serial })),
      )
      .reverse();
  }
  /** Ends whom the rules name to make room for one more session of a user, or says which limit is in the way. */
  makeRoom(username: string, rules: LimitRules): LimitReached | EvictedSession[] {
    const active = this.active();
    const own = active.filter((record) => record.username === username);
    const going: SessionRecord[] = [];
    while (own.length >= rules.maxPerUser) {
      if (rules.onUserLimit === 'reject' || rules.maxPerUser === 0) {
        return { outcome: 'limit-reached', scope: 'user', active: own.length };
      }
      const last = Math.min(...own.map(({ lastAccessed }) => lastAccessed));
      const index =
        rules.onUserLimit === 'evict-oldest' ? 0 : own.findIndex(({ lastAccessed }) => lastAccessed === last);
      going.push(...own.splice(index, 1));
    }
    const held = this.slots
      .map(({ id }) => active.find((record) => record.id === id && !going.includes(record)))
      .filter((record) => record !== undefined);
    while (held.length >= rules.max) {
      if (rules.onLimit === 'reject' || rules.max === 0) {
        return { outcome: 'limit-reached', scope: 'all', active: active.length };
      }
      going.push(held.shift()!);
    }
    this.drop(going, 'evicted');
    return going.map(({ id, username }) => ({ id, username }));
  }
  /** Ids that were ever in use, and one that never was. */
  pickId(pick: number) {
    return pick % 7 === 0 ? 'never-issued' : `id-${pick % Math.max(1, this.created)}`;
  }
  /** A moment at an edge of some record, a millisecond on either side of it, or some steps away. */
  moment({ edge, offset, steps }: { edge?: number; offset: number; steps: number }) {
    const edges = this.records
      .flatMap((record) => [
        record.activeUntil,
        record.renewableUntil,
        record.previousUntil ?? 0,
        activeEnd(record),
        renewableEnd(record),
      ])
      .filter((time) => time > this.now);
    if (edge === undefined || edges.length === 0) return this.now + steps;
    return edges[edge % edges.length]! + offset;
  }
}

type Check = (model: NaiveSessions, store: SessionStore) => Promise<void>;

function whyOver(record: SessionRecord): Absence {
  return fellIdle(record) ? 'idle' : 'expired';
}

/** One verb on both, which must answer alike. */
class Step implements fc.AsyncCommand<NaiveSessions, SessionStore, true> {
  constructor(
    private readonly text: string,
    readonly run: Check,
  ) {}
  check = async () => true;
  toString = () => this.text;
}

const moments = fc.record(
  { edge: fc.nat(), offset: fc.constantFrom(-1, 0, 1), steps: fc.integer({ min: -3000, max: 4000 }) },
  { requiredKeys: ['offset', 'steps'] },
);
const users = fc.constantFrom('alice', 'bob', '__proto__');
const limits = fc.constantFrom(0, 1, 2, 3, 5, Infinity);
const lifetimes = fc.record({
  active: fc.integer({ min: 1, max: 12 }),
  more: fc.integer({ min: 0, max: 12 }),
  grace: fc.option(fc.integer({ min: 1, max: 6 }), { nil: undefined }),
});
const once: fc.Arbitrary<Lifetimes> = fc.record(
  {
    endsAt: fc.integer({ min: 1, max: 20 }).map((seconds) => seconds * SECOND),
    idleTimeout: fc.integer({ min: 1, max: 8 }).map((seconds) => seconds * SECOND),
  },
  { requiredKeys: [] },
);
const slides = fc.option(
  fc.integer({ min: 1, max: 8 }).map((seconds) => seconds * SECOND),
  { nil: undefined },
);
const rules: fc.Arbitrary<LimitRules> = fc.record({
  max: limits,
  onLimit: fc.constantFrom('reject', 'evict-oldest'),
  maxPerUser: limits,
  onUserLimit: fc.constantFrom('reject', 'evict-oldest', 'evict-idle'),
});
const picks = fc.nat();
const further = fc.constantFrom({}, { acr: 'silver', amr: ['pwd'], 'x-later': { of: [1] } });
const proofs = fc.constantFrom({}, { acr: 'gold', claims: { level: 1 } });
const changes = fc.dictionary(
  fc.constantFrom('label', 'constructor', 'é'),
  fc.constantFrom('', 'phone', 'é'.repeat(500), 'x'.repeat(1043), null),
);

/** Makes a step of a verb's arguments, with the moment at which it happens. */
function verb<T extends object>(
  name: string,
  args: fc.Arbitrary<T>,
  run: (given: T, ...on: [...Parameters<Check>, number]) => Promise<void>,
) {
  return fc.tuple(args, moments).map(([given, when]) => {
    const text = `${name}(${fc.stringify(given)} at ${fc.stringify(when)})`;
    return new Step(text, async (model, store) => {
      const time = model.moment(when);
      model.at(time);
      await run(given, model, store, time);
    });
  });
}

function times(
  { active, more, grace }: { active: number; more: number; grace?: number },
  now: number,
): Rotation {
  const issuedAt = floorToSecond(now);
  const activeUntil = issuedAt + active * SECOND;
  return {
    issuedAt,
    lastAccessed: issuedAt,
    expiresAt: activeUntil,
    activeUntil,
    refreshExpiresAt: more === 0 ? undefined : activeUntil + more * SECOND,
    renewableUntil: activeUntil + more * SECOND,
    previousUntil: grace === undefined ? undefined : issuedAt + grace * SECOND,
  };
}

const create = verb(
  'create',
  fc.record({
    username: users,
    rules,
    reuseExisting: fc.boolean(),
    again: fc.boolean(),
    pick: picks,
    lifetimes,
    once,
    slideBy: slides,
    further,
  }),
  async (
    { username, rules, reuseExisting, again, pick, lifetimes, once, slideBy, further },
    model,
    store,
    time,
  ) => {
    const id = again && model.created > 0 ? `id-${pick % model.created}` : `id-${model.created++}`;
    const endsAt = once.endsAt && ceilToSecond(model.now) + once.endsAt;
    // Only opaque tokens slide, whose three ends are one.
    const lived = slideBy === undefined ? lifetimes : { ...lifetimes, more: 0 };
    const issued = endingBy(times(lived, model.now), endsAt);
    const record = newSession(issued.issuedAt, {
      id,
      username,
      ...issued,
      ...once,
      endsAt,
      slideBy,
      ...further,
      details: { label: id },
    });
    const answer = await store.create(record, { ...rules, reuseExisting }, time);
    if (model.find(id)) return expect(answer).toEqual({ outcome: 'created', evicted: [] });
    const existing = model.active().find((present) => present.username === username);
    if (reuseExisting && existing) return expect(answer).toEqual({ outcome: 'existing', record: existing });
    const room = model.makeRoom(username, rules);
    if ('outcome' in room) return expect(answer).toEqual(room);
    expect(answer).toEqual({ outcome: 'created', evicted: room });
    model.records = [...model.records.filter((present) => present.id !== id), record];
    model.left.delete(id);
    model.takeSlot(id);
  },
);

const access = verb(
  'access',
  fc.record({ pick: picks, back: fc.integer({ min: -1, max: 2 }) }),
  async ({ pick, back }, model, store, time) => {
    const id = model.pickId(pick);
    const present = model.find(id);
    const generation = (present?.generation ?? 0) - back;
    const answer = await store.access(id, generation, time);
    if (!present || !isActive(present, model.now) || !honours(present, generation, model.now)) {
      return expect(answer).toBeUndefined();
    }
    const lastAccessed = Math.max(present.lastAccessed, floorToSecond(model.now));
    const slid = floorToSecond(model.now) + SECOND + (present.slideBy ?? -Infinity);
    const end = Math.max(present.expiresAt, Math.min(slid, present.endsAt ?? Infinity));
    const ends = present.slideBy && { expiresAt: end, activeUntil: end, renewableUntil: end };
    const {
      details: _details,
      attempt: _attempt,
      ...active
    } = model.replace({ ...present, lastAccessed, ...ends });
    expect(answer).toEqual(active);
    expect(answer).not.toHaveProperty('details');
  },
);

const rotate = verb(
  'rotate',
  fc.record({
    pick: picks,
    back: fc.integer({ min: -2, max: 2 }),
    attempt: fc.constantFrom('a', 'b'),
    rules,
    lifetimes,
    proof: proofs,
  }),
  async ({ pick, back, attempt, rules, lifetimes, proof }, model, store, time) => {
    const id = model.pickId(pick);
    const present = model.find(id);
    const from = Math.max(0, (present?.generation ?? 0) - back);
    const lived = present?.slideBy === undefined ? lifetimes : { ...lifetimes, more: 0 };
    const next = { ...times(lived, model.now), ...proof };
    const answer = await store.rotate(id, { from, attempt, next, rules }, time);
    if (!present) return expect(answer).toEqual({ outcome: 'gone' });
    if (from < present.generation) {
      const repeated = from === present.generation - 1 && attempt === present.attempt;
      return expect(answer).toEqual(
        repeated
          ? { outcome: 'rotated', record: present, evicted: [] }
          : { outcome: 'stale', record: present },
      );
    }
    const lapsed = !isActive(present, model.now);
    const room = lapsed ? model.makeRoom(present.username, rules) : [];
    if ('outcome' in room) return expect(answer).toEqual(room);
    if (lapsed) model.takeSlot(id);
    const ended = endingBy(next, present.endsAt);
    const record = model.replace({ ...present, ...ended, generation: from + 1, attempt });
    expect(answer).toEqual({ outcome: 'rotated', record, evicted: room });
  },
);

const revoke = verb('revoke', fc.record({ pick: picks }), async ({ pick }, model, store, time) => {
  const id = model.pickId(pick);
  const present = model.find(id);
  expect(await store.revoke(id, 'logout', {}, time)).toEqual(present);
  if (present) model.drop([present], 'logout');
});

const amend = verb(
  'amend',
  fc.record(
    { pick: picks, details: changes, claims: changes, username: fc.option(users, { nil: undefined }) },
    { requiredKeys: ['pick'] },
  ),
  async ({ pick, ...amendment }, model, store, time) => {
    const id = model.pickId(pick);
    const present = model.find(id);
    const answer = await store.amend(id, amendment, time);
    const isNamed = 'username' in amendment;
    if (!present || (isNamed && amendment.username !== present.username)) {
      return expect(answer).toEqual({ outcome: 'gone' });
    }
    const details = changed(present.details, amendment.details);
    const claims = changed(present.claims, amendment.claims);
    if (bytesOf(details) > MAX_CARRIED_BYTES || bytesOf(claims) > MAX_CARRIED_BYTES) {
      return expect(answer).toEqual({ outcome: 'too-large' });
    }
    const record = model.replace({
      ...present,
      details: details.size === 0 ? undefined : Object.fromEntries(details),
      claims: claims.size === 0 ? undefined : Object.fromEntries(claims),
    } as SessionRecord);
    expect(answer).toEqual({ outcome: 'amended', record });
  },
);

function changed(present: object | undefined, changes: Amendment['claims']): Map<string, unknown> {
  const values = new Map<string, unknown>(Object.entries(present ?? {}));
  for (const [key, value] of Object.entries(changes ?? {})) {
    if (value === null) values.delete(key);
    else values.set(key, value);
  }
  return values;
}

function bytesOf(values: ReadonlyMap<string, unknown>): number {
  return [...values].reduce((bytes, entry) => bytes + Buffer.from(entry.join('')).length, 0);
}

const revokeAll = verb(
  'revokeAll',
  fc.record({ pick: picks }, { requiredKeys: [] }),
  async ({ pick }, model, store, time) => {
    const except = pick === undefined ? undefined : model.pickId(pick);
    const kept = except === undefined ? undefined : model.find(except);
    const there = model.records.length - model.over().length;
    expect(await store.revokeAll({ except }, time)).toBe(there - (kept ? 1 : 0));
    model.endAllBut(kept);
  },
);

const browse = verb(
  'browse',
  fc.record({ limit: fc.integer({ min: 1, max: 3 }), anew: fc.boolean() }),
  async ({ limit, anew }, model, store, time) => {
    if (anew) model.walk = undefined;
    const { after, below = Infinity } = model.walk ?? {};
    const due = model.holding(below);
    const page = (await store.browse({ after, limit }, time))!;
    expect(page.records).toEqual(due.slice(0, limit).map(({ record }) => record));
    if (due.length > limit) expect(page.next).toBeDefined();
    const last = due[limit - 1]?.serial;
    model.walk = page.next === undefined ? undefined : { after: page.next, below: last! };
    if (page.next !== undefined) expect(last).toBeDefined();
  },
);

const revokeByUser = verb(
  'revokeByUser',
  fc.record({ username: users, pick: picks }),
  async ({ username, pick }, model, store, time) => {
    const except = model.pickId(pick);
    const ending = model.of(username).filter(({ id }) => id !== except);
    expect(await store.revokeByUser(username, { except }, time)).toEqual(ending.map(({ id }) => id));
    model.drop(ending, 'revoked');
    model.drop(model.over().filter((record) => record.username === username && record.id !== except));
    for (const [id, owner] of model.left) if (owner === username) model.left.delete(id);
  },
);

const sweep = verb(
  'sweepExpired',
  fc.record({ batchSize: fc.integer({ min: 1, max: 3 }) }),
  async ({ batchSize }, model, store, time) => {
    const over = model.over().length;
    const all = over + model.left.size;
    const first = await store.sweepExpired(time, { budgetMs: 0, batchSize });
    // Of what an end of all has left, some may have gone by another way: that is seen when a slice comes to it.
    if (model.hasEnded) expect(first.removed).toBeLessThanOrEqual(batchSize);
    else expect(first).toEqual({ removed: Math.min(batchSize, over), more: over > batchSize });
    const rest = await store.sweepExpired(time, { budgetMs: Infinity, batchSize });
    expect(rest).toEqual({ removed: all - first.removed, more: false });
    model.hasEnded = false;
    model.left.clear();
    model.drop(model.over());
  },
);

const look = verb('look', fc.record({ pick: picks }), async ({ pick }, model, store, time) => {
  const id = model.pickId(pick);
  expect(await store.find(id, time)).toEqual(model.find(id));
  expect(await store.count(time)).toBe(model.active().length);
  for (const generation of [0, 1, 2]) {
    expect(await store.absence(id, generation, time)).toBe(absenceOf(model, id, generation));
  }
  for (const username of ['alice', 'bob', '__proto__']) {
    expect(await store.listByUser(username, time)).toEqual(model.of(username));
  }
});

function absenceOf(model: NaiveSessions, id: string, generation: number): Absence | undefined {
  const kept = model.records.find((record) => record.id === id);
  if (kept === undefined) return model.gone.get(id);
  if (!isRenewable(kept, model.now)) return whyOver(kept);
  if (generation < kept.generation) return 'rotated';
  return isActive(kept, model.now) ? undefined : 'expired';
}

/** How a store may differ from another, and keep its promises. */
interface Manner {
  /** Whether what an end of all has ended takes room until it is swept. Default: `false`. */
  readonly freesLater?: boolean;
}

/**
 * Holds a store to an array that is looked through, so many times over. Answers how many steps were taken.
 *
 * @param makeStore called for an empty one each time.
 */
export async function compareWithArray(
  makeStore: () => MaybePromise<SessionStore>,
  parameters: { seed: number; numRuns: number },
  { freesLater = false }: Manner = {},
): Promise<number> {
  const verbs = [create, access, rotate, amend, revoke, revokeByUser, revokeAll, browse, sweep, look];
  let steps = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.commands([...verbs, create, create, create, rotate, access, browse], {
        maxCommands: 150,
        size: '+1',
      }),
      async (commands) => {
        const [model, real] = [new NaiveSessions(freesLater), await makeStore()];
        // The model begins at this moment, which a first step may lie before: the store must have seen it too.
        await real.count(START);
        await fc.asyncModelRun(() => ({ model, real }), commands);
        // The end of everything: whatever was left is swept, and nothing is miscounted.
        const end = START + 1e9;
        const { removed } = await real.sweepExpired(end, { budgetMs: Infinity, batchSize: 1 });
        expect([removed, await real.count(end)]).toEqual([model.records.length + model.left.size, 0]);
        await real.close();
        steps += [...commands].length;
      },
    ),
    parameters,
  );
  return steps;
}
