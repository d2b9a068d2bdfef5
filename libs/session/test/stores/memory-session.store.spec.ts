import { describe, expect, it, jest } from '@jest/globals';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { SECOND } from '../../src/util/clock.js';
import type { SessionRecord } from '../../src/core/session.js';
import { MemorySessionStore } from '../../src/stores/memory/memory-session.store.js';
import { describeSessionStore } from '../../src/testing/index.js';
import { walk } from '../../src/testing/walk.js';
import { newSession, UNLIMITED } from '../../src/testing/session-store.contract/fixtures.js';

describeSessionStore('MemorySessionStore', { describe, it }, () => ({ store: new MemorySessionStore() }));

const START = Date.UTC(2026, 0, 1);
const DAY = 86_400;

describe('MemorySessionStore', () => {
  it('says that no other process sees its sessions', () => {
    expect(new MemorySessionStore().shared).toBe(false);
  });

  it.each([
    ['slides', { slideBy: 3600 * SECOND }],
    ['can fall idle', { idleTimeout: 3600 * SECOND }],
  ])('D3 takes no more memory for a session that %s, however many seconds it is used in', (_, lifetimes) => {
    const store = new MemorySessionStore();
    const { id } = added(store, START, {
      ...lifetimes,
      renewableUntil: START + 1e10,
      activeUntil: START + 1e10,
    });
    const before = bytesOnTheHeap();
    for (let second = 1; second <= DAY / 2; second += 1) {
      if (store.access(id, 0, START + second * SECOND) === undefined) throw new Error('it ended');
    }
    // An array of its own for each of these seconds would be 7 MiB.
    expect((bytesOnTheHeap() - before) / 2 ** 20).toBeLessThan(2);
    expect(store.count(START + (DAY / 2) * SECOND)).toBe(1);
  });

  it('D3 catches up with three days in which nobody looked in a bounded number of steps', () => {
    const store = new MemorySessionStore();
    for (let second = 0; second < 3 * DAY; second += 5) {
      added(store, START, {
        activeUntil: START + second * SECOND,
        renewableUntil: START + 30 * DAY * SECOND,
      });
    }
    const lookUps = jest.spyOn(Map.prototype, 'get');
    try {
      expect(store.count(START + 3 * DAY * SECOND)).toBe(0);
      expect(lookUps.mock.calls.length).toBeLessThan(2 * 2 * 1024);
    } finally {
      lookUps.mockRestore();
    }
  });
});

describe('A walk over the sessions in memory', () => {
  it('D3 goes past a thousand lapsed sessions a page at most, and still meets all others', async () => {
    const store = new MemorySessionStore();
    const kept: string[] = [];
    for (let index = 0; index < 4000; index += 1) {
      const isKept = index % 1000 === 0 || index >= 3900;
      const activeUntil = START + (isKept ? DAY : 1) * SECOND;
      const { id } = added(store, START, { activeUntil, renewableUntil: START + DAY * SECOND });
      if (isKept) kept.unshift(id);
    }
    const sizes: number[] = [];
    const seen = await walk(
      (request) => store.browse(request, START + SECOND),
      10,
      (page) => sizes.push(page.length),
    );
    expect(seen.map(({ id }) => id)).toEqual(kept);
    // Ten full pages, then 1,010 sessions on each, one of them kept or two.
    expect(sizes).toEqual([...Array(10).fill(10), 1, 1, 1]);
  });
});

function added(store: MemorySessionStore, at: number, given: Partial<SessionRecord>): SessionRecord {
  const record = newSession(at, given);
  store.create(record, UNLIMITED, at);
  return record;
}

function bytesOnTheHeap(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  return process.memoryUsage().heapUsed;
}
