import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ActiveCounter } from '../../src/stores/memory/active-counter.js';
import { ExpiryIndex, type Filed } from '../../src/stores/memory/expiry-index.js';
import { MemorySessionStore } from '../../src/stores/memory/memory-session.store.js';
import { OwnerIndex } from '../../src/stores/memory/owner-index.js';
import { hashOfAll, hashOfStart, Shards } from '../../src/stores/memory/shards.js';
import { SlotQueue, type Queued } from '../../src/stores/memory/slot-queue.js';
import { sweepSlice } from '../../src/stores/memory/sweep-slice.js';
import { SharedTerms, termsOf, type Terms } from '../../src/stores/memory/terms.js';
import { newSession, UNLIMITED } from '../../src/testing/session-store.contract/fixtures.js';
import { unicodeCharacter } from '../support/unicode-character.js';

describe('ActiveCounter', () => {
  it('E6 counts exactly those that have begun and are not over, whichever way the clock moves', () => {
    const second = fc.integer({ min: -3_000_000, max: 3_000_000 });
    const step = fc.record({
      kind: fc.constantFrom('add', 'remove', 'tick', 'jump'),
      from: second,
      length: fc.oneof(fc.integer({ min: -2, max: 40 }), fc.integer({ min: 0, max: 2_000_000 })),
      pick: fc.nat(),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
        const counter = new ActiveCounter();
        const model: (readonly [from: number, until: number])[] = [];
        let now = 0;
        for (const { kind, from, length, pick } of steps) {
          if (kind === 'tick') now += 1 + (pick % 5);
          if (kind === 'jump') now = from;
          if (kind === 'add') {
            const interval = [from, from + length] as const;
            counter.add(...interval);
            model.push(interval);
          } else if (kind === 'remove' && model.length > 0) {
            counter.remove(...model.splice(pick % model.length, 1)[0]!);
          }
          expect(counter.at(now)).toBe(model.filter(([from, until]) => from <= now && now < until).length);
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe('ExpiryIndex', () => {
  // Few seconds, so that many items share one and give their places to each other.
  const few = fc.integer({ min: 0, max: 3 });
  const filed = fc.record({ second: few, struck: fc.boolean(), place: fc.constant(-1) });

  it('yields exactly what has expired, the earliest second first, without what was struck out', () => {
    fc.assert(
      fc.property(fc.array(filed, { maxLength: 100 }), few, (items, now) => {
        const index = new ExpiryIndex<Item>();
        for (const item of items) index.add(item.second, item);
        for (const item of items) if (item.struck) index.remove(item.second, item);
        const left = items.filter(({ struck }) => !struck);
        const expired = taken(index, now);
        expect(expired.map(({ second }) => second)).toEqual(
          left
            .map(({ second }) => second)
            .filter((second) => second <= now)
            .sort((a, b) => a - b),
        );
        expect(taken(index, now)).toEqual([]);
        expect(new Set([...expired, ...taken(index, 40)])).toEqual(new Set(left));
      }),
    );
  });

  it('goes on where a broken-off slice stopped, with what was filed under the same second since', () => {
    const index = new ExpiryIndex<Item>();
    const [a, b, c] = [item(1), item(1), item(1)];
    for (const each of [a, b]) index.add(1, each);
    const [first] = index.expired(1);
    index.remove(1, first!);
    index.add(1, c);
    expect(new Set([first, ...taken(index, 1)])).toEqual(new Set([a, b, c]));
    index.add(1, a);
    expect(taken(index, 1)).toEqual([a]);
  });

  it('asks whoever takes an item to remove it before the next, and no more', () => {
    const index = new ExpiryIndex<Item>();
    const [one, two, three] = [item(1), item(2), item(3)];
    for (const each of [three, one, two]) index.add(each.second, each);
    expect(taken(index, 2)).toEqual([one, two]);
    expect(taken(index, 3)).toEqual([three]);
  });
});

interface Item extends Filed {
  readonly second: number;
}

function item(second: number): Item {
  return { second, place: -1 };
}

/** Takes out all that has expired, as a sweep does. */
function taken(index: ExpiryIndex<Item>, now: number): Item[] {
  const all: Item[] = [];
  for (const item of index.expired(now)) {
    index.remove(item.second, item);
    all.push(item);
  }
  return all;
}

describe('Shards', () => {
  it.each([
    [
      'names that differ in one place',
      new Shards(hashOfAll),
      (number: number) => `user-${number + 100_000}@lab.org`,
    ],
    ['random ids', new Shards(hashOfStart), () => randomBytes(16).toString('base64url')],
  ])('spreads %s evenly, so that none of its maps takes long to copy', (_, shards, keyOf) => {
    const KEYS = 100_000;
    const sizes = new Map<unknown, number>();
    for (let number = 0; number < KEYS; number += 1) {
      const map = shards.of(keyOf(number));
      sizes.set(map, (sizes.get(map) ?? 0) + 1);
    }
    expect(sizes.size).toBe(256);
    expect(Math.max(...sizes.values())).toBeLessThan((1.5 * KEYS) / 256);
  });

  it('leads a key to the same map each time, and takes any string for a key', () => {
    for (const hash of [hashOfStart, hashOfAll]) {
      const shards = new Shards(hash);
      fc.assert(
        fc.property(fc.string({ unit: unicodeCharacter }), (key) => {
          expect(shards.of(key)).toBeInstanceOf(Map);
          expect(shards.of(key)).toBe(shards.of(`${key} `.slice(0, -1)));
        }),
      );
    }
  });
});

describe('A page of shards', () => {
  const keys = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 3 }), { maxLength: 40 });

  it('holds each key that stays exactly once, in whichever order they came and whatever comes and goes', () => {
    fc.assert(
      fc.property(keys, keys, fc.nat({ max: 5 }), fc.nat(), (first, later, limit, maps) => {
        const shards = new Shards<string>((key) => (maps % 2 === 0 ? 0 : key.charCodeAt(0) % 256));
        for (const key of first) shards.set(key, key);
        const staying = new Set(first);
        const seen: string[] = [];
        let page = shards.page(undefined, limit + 1)!;
        for (let turn = 0; page.next !== undefined; turn += 1) {
          seen.push(...page.entries);
          const gone = page.entries.at(-1)!;
          shards.delete(gone);
          staying.delete(gone);
          const comes = later[turn];
          if (comes !== undefined && !staying.has(comes)) shards.set(comes, comes);
          page = shards.page(page.next, limit + 1)!;
          expect(page.entries.length).toBeLessThanOrEqual(limit + 1);
        }
        seen.push(...page.entries);
        for (const key of staying) expect(seen.filter((each) => each === key)).toHaveLength(1);
      }),
      { numRuns: 500 },
    );
  });

  it.each([['256.a'], ['999.a'], ['1000.a'], ['-1.a'], ['1'], ['.a'], ['a.1'], ['']])(
    'is not there after %j',
    (after) => {
      expect(new Shards(hashOfAll).page(after, 1)).toBeUndefined();
    },
  );
});

describe('SharedTerms', () => {
  const record = newSession(Date.UTC(2026, 0, 1));
  const terms = termsOf({ ...record, endsAt: record.expiresAt, idleTimeout: 1000, slideBy: 1000 });

  it('gives equal terms that come one after the other one object', () => {
    const shared = new SharedTerms();
    expect(shared.of(terms)).toBe(terms);
    expect(shared.of({ ...terms })).toBe(terms);
  });

  it.each(Object.keys(terms) as (keyof Terms)[])(
    'gives terms that differ in %s alone their own',
    (member) => {
      const shared = new SharedTerms();
      const others = { ...terms, [member]: (terms[member] ?? 0) + 1 };
      expect(shared.of(terms)).toBe(terms);
      expect(shared.of(others)).toBe(others);
    },
  );
});

describe('OwnerIndex', () => {
  it('keeps each owner’s items in the order in which they came, whatever goes in between', () => {
    const step = fc.record({
      add: fc.boolean(),
      owner: fc.constantFrom('a', 'b', '__proto__'),
      pick: fc.nat(),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 150 }), (steps) => {
        const index = new OwnerIndex<{ serial: number }>();
        const model = new Map<string, { serial: number }[]>([
          ['a', []],
          ['b', []],
          ['__proto__', []],
        ]);
        for (const [serial, { add, owner, pick }] of steps.entries()) {
          const items = model.get(owner)!;
          if (add) {
            const item = { serial };
            index.add(owner, item);
            items.push(item);
          } else if (items.length > 0) {
            index.remove(owner, items.splice(pick % items.length, 1)[0]!);
          }
          for (const [name, expected] of model) expect([...index.of(name)]).toEqual(expected);
        }
      }),
    );
  });

  it('takes no notice of a removal that is not filed', () => {
    const index = new OwnerIndex<object>();
    const item = {};
    index.remove('a', item);
    index.add('a', item);
    index.remove('a', {});
    index.remove('b', item);
    expect([...index.of('a')]).toEqual([item]);
  });
});

class Slot implements Queued<Slot> {
  earlier: Slot | undefined;
  later: Slot | undefined;
  slot = -1;

  constructor(readonly serial: number) {}
}

/** The serials from one on, as the links in one direction have them; links that go round are no queue. */
function along(link: 'earlier' | 'later', from: Slot | undefined): number[] {
  const slots = new Set<Slot>();
  for (let slot = from; slot !== undefined; slot = slot[link]) {
    if (slots.has(slot)) throw new Error(`${slot.serial} comes again`);
    slots.add(slot);
  }
  return [...slots].map(({ serial }) => serial);
}

describe('SlotQueue', () => {
  it('makes the two neighbours of one that leaves the middle neighbours of each other', () => {
    const queue = new SlotQueue<Slot>();
    const [first, middle, last] = [new Slot(1), new Slot(2), new Slot(3)];
    for (const slot of [first, middle, last]) queue.moveToEnd(slot);
    queue.remove(middle);
    expect(along('later', queue.first)).toEqual([1, 3]);
    expect(along('earlier', last)).toEqual([3, 1]);
  });

  it('keeps all in the order in which they came, whoever leaves, comes back or moves to the end', () => {
    const step = fc.record({ leaves: fc.boolean(), pick: fc.nat({ max: 7 }) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
        const queue = new SlotQueue<Slot>();
        const slots = Array.from({ length: 8 }, (_, serial) => new Slot(serial));
        let model: number[] = [];
        for (const { leaves, pick } of steps) {
          model = model.filter((serial) => serial !== pick);
          if (leaves) queue.remove(slots[pick]!);
          else {
            queue.moveToEnd(slots[pick]!);
            model.push(pick);
          }
          expect(along('later', queue.first)).toEqual(model);
          expect(along('earlier', slots[model.at(-1)!])).toEqual([...model].reverse());
          expect(along('earlier', queue.before())).toEqual([...model].reverse());
        }
      }),
    );
  });
});

describe('SlotQueue as a walk sees it', () => {
  it('finds who stands before a number, whoever had it or has gone, through thousands of numbers', () => {
    const queue = new SlotQueue<Slot>();
    const slots = Array.from({ length: 5_000 }, (_, serial) => new Slot(serial));
    for (const slot of slots) queue.moveToEnd(slot);
    for (const slot of slots) if (slot.serial % 1_500 !== 7) queue.remove(slot);
    expect([5_000, 4_999, 4_508, 4_507, 3_007, 8, 7, 0].map((at) => queue.before(at)?.serial)).toEqual([
      4_507,
      4_507,
      4_507,
      3_007,
      1_507,
      7,
      undefined,
      undefined,
    ]);
  });

  it('lets all go but one, which keeps its number, and numbers go on', () => {
    const queue = new SlotQueue<Slot>();
    const [first, kept, last, next] = [new Slot(1), new Slot(2), new Slot(3), new Slot(4)];
    for (const slot of [first, kept, last]) queue.moveToEnd(slot);
    queue.clear(kept);
    expect([queue.first, queue.before(), queue.before(1)]).toEqual([kept, kept, undefined]);
    queue.moveToEnd(next);
    expect(along('later', queue.first)).toEqual([2, 4]);
    expect(next.slot).toBe(3);
    queue.clear();
    expect([queue.first, queue.before()]).toEqual([undefined, undefined]);
  });
});

describe('sweepSlice', () => {
  it('looks at the clock after every batch, and says whether anything is left', () => {
    const removed: number[] = [];
    const slice = sweepSlice({ budgetMs: 0, batchSize: 3 }, [1, 2, 3, 4], (item) => removed.push(item));
    expect([slice, removed]).toEqual([{ removed: 3, more: true }, [1, 2, 3]]);
    expect(sweepSlice({ budgetMs: 0, batchSize: 3 }, [4, 5, 6], () => undefined)).toEqual({
      removed: 3,
      more: false,
    });
    expect(sweepSlice({ budgetMs: 0, batchSize: 3 }, [], () => undefined)).toEqual({
      removed: 0,
      more: false,
    });
  });
});

describe('MemorySessionStore with 50,000 sessions that are over in one second', () => {
  const SESSIONS = 50_000;
  const start = Date.UTC(2026, 0, 1);

  function filled(): { store: MemorySessionStore; end: number } {
    const store = new MemorySessionStore();
    const record = newSession(start);
    for (let index = 0; index < SESSIONS; index += 1) {
      store.create({ ...record, id: `session-${index}`, username: `user-${index % 1000}` }, UNLIMITED, start);
    }
    return { store, end: record.renewableUntil };
  }

  it('sweeps them in as many slices as there are batches, exact at every step', () => {
    const { store, end } = filled();
    expect(store.count(start)).toBe(SESSIONS);
    expect(store.count(end)).toBe(0);
    for (let slice = 1; slice <= SESSIONS / 256; slice += 1) {
      expect(store.sweepExpired(end, { budgetMs: 0, batchSize: 256 })).toEqual({ removed: 256, more: true });
    }
    expect(store.sweepExpired(end, { budgetMs: 0, batchSize: 256 })).toEqual({
      removed: SESSIONS % 256,
      more: false,
    });
  });

  it('removes each of them once, however small the slices are', () => {
    const index = new ExpiryIndex<Item>();
    let visits = 0;
    for (let added = 0; added < SESSIONS; added += 1) index.add(1, item(1));
    for (let more = true; more;) {
      const budget = { budgetMs: 0, batchSize: 64 };
      ({ more } = sweepSlice(budget, index.expired(1), (item) => {
        visits += 1;
        index.remove(1, item);
      }));
    }
    expect(visits).toBe(SESSIONS);
  });
});
