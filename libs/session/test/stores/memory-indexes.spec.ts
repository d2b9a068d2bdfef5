import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ActiveCounter } from '../../src/stores/memory/active-counter.js';
import { ExpiryIndex } from '../../src/stores/memory/expiry-index.js';
import { MemorySessionStore } from '../../src/stores/memory/memory-session.store.js';
import { OwnerIndex } from '../../src/stores/memory/owner-index.js';
import { SecondHeap } from '../../src/stores/memory/second-heap.js';
import { SlotQueue, type Queued } from '../../src/stores/memory/slot-queue.js';
import { sweepSlice } from '../../src/stores/memory/sweep-slice.js';
import { newSession, UNLIMITED } from '../../src/testing/session-store.contract/fixtures.js';

const seconds = fc.integer({ min: 0, max: 40 });

describe('SecondHeap', () => {
  it('has the earliest at hand, through any order of adding and taking', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.integer(), fc.constant('take' as const)), { maxLength: 300 }),
        (steps) => {
          const heap = new SecondHeap();
          const model: number[] = [];
          for (const step of steps) {
            if (step === 'take') {
              heap.takeEarliest();
              model.shift();
            } else {
              heap.add(step);
              model.push(step);
              model.sort((a, b) => a - b);
            }
            expect(heap.earliest).toBe(model[0]);
          }
        },
      ),
    );
  });
});

describe('ActiveCounter', () => {
  it('E6 counts exactly those whose second is still to come, added, removed and lapsed in any order', () => {
    const step = fc.record({
      kind: fc.constantFrom('add', 'remove', 'wait'),
      second: seconds,
      pick: fc.nat(),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const counter = new ActiveCounter();
        const model: number[] = [];
        let now = 0;
        for (const { kind, second, pick } of steps) {
          if (kind === 'wait') now += second % 4;
          // As the store does: the counter is brought up to the present before anything is filed.
          counter.at(now);
          if (kind === 'add') {
            counter.add(second, now);
            model.push(second);
          } else if (kind === 'remove' && model.length > 0) {
            counter.remove(model.splice(pick % model.length, 1)[0]!, now);
          }
          expect(counter.at(now)).toBe(model.filter((until) => until > now).length);
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe('ExpiryIndex', () => {
  it('yields exactly what has expired, the earliest second first, without what was struck out', () => {
    const items = fc.array(fc.record({ second: seconds, struck: fc.boolean() }), { maxLength: 100 });
    fc.assert(
      fc.property(items, seconds, (given, now) => {
        const index = new ExpiryIndex<{ second: number; struck: boolean }>();
        for (const item of given) index.add(item.second, item);
        for (const item of given) if (item.struck) index.remove(item.second, item);
        const expected = given
          .filter(({ second, struck }) => second <= now && !struck)
          .sort((a, b) => a.second - b.second);
        expect(taken(index, now, ({ second }) => second)).toEqual(expected);
        expect(taken(index, now, ({ second }) => second)).toEqual([]);
        expect(taken(index, 40, ({ second }) => second)).toHaveLength(
          given.filter(({ second, struck }) => second > now && !struck).length,
        );
      }),
    );
  });

  it('goes on where a broken-off slice stopped, with what was filed under the same second since', () => {
    const index = new ExpiryIndex<string>();
    for (const item of ['a', 'b', 'c']) index.add(1, item);
    const [first] = index.expired(1);
    index.remove(1, first!);
    index.add(1, 'd');
    expect(taken(index, 1, () => 1)).toEqual(['b', 'c', 'd']);
    index.add(1, 'e');
    expect(taken(index, 1, () => 1)).toEqual(['e']);
  });

  it('asks whoever takes an item to remove it before the next, and no more', () => {
    const index = new ExpiryIndex<number>();
    for (const item of [3, 1, 2]) index.add(item, item);
    expect(taken(index, 2, (item) => item)).toEqual([1, 2]);
    expect(taken(index, 3, (item) => item)).toEqual([3]);
  });
});

/** Takes out all that has expired, as a sweep does. */
function taken<T>(index: ExpiryIndex<T>, now: number, secondOf: (item: T) => number): T[] {
  const all: T[] = [];
  for (const item of index.expired(now)) {
    index.remove(secondOf(item), item);
    all.push(item);
  }
  return all;
}

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

  constructor(readonly serial: number) {}
}

/** The serials from one on, as the links in one direction have them; links that go round are no queue. */
function along(link: keyof Queued<Slot>, from: Slot | undefined): number[] {
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
        }
      }),
    );
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

describe('MemorySessionStore with 200,000 sessions that are over in one second', () => {
  const SESSIONS = 200_000;
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
    const index = new ExpiryIndex<{ readonly serial: number }>();
    let visits = 0;
    for (let serial = 0; serial < SESSIONS; serial += 1) index.add(1, { serial });
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
