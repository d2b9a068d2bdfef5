import { describe, expect, it } from '@jest/globals';
import { SECOND } from '../../src/util/clock.js';
import { MemorySessionStore } from '../../src/stores/memory/memory-session.store.js';
import { newSession, UNLIMITED } from '../../src/testing/session-store.contract/fixtures.js';
import { seededRandom } from '../support/seeded-random.js';
import { compareWithArray } from './session-store.model.js';

const SEED = Number(process.env.SEED ?? 20_260_101);

describe('MemorySessionStore against an array that is looked through, in a long campaign', () => {
  it('E5 E6 C1 C2 F2 R7 answers alike in every verb, at and around every edge, whatever went before', async () => {
    const steps = await compareWithArray(() => new MemorySessionStore(), { seed: SEED, numRuns: 8000 });
    // Past Jest, which would add where it was called.
    process.stdout.write(`memory store: ${steps} steps, seed ${SEED}\n`);
    expect(steps).toBeGreaterThan(100_000);
  });
});

describe('A walk over a million sessions in memory', () => {
  const START = Date.UTC(2026, 0, 1);
  const MILLION = 1_000_000;

  it('meets each that keeps its slot exactly once, while others come and go', () => {
    const random = seededRandom(SEED);
    const store = new MemorySessionStore();
    const login = (activeUntil: number) => {
      const given = { username: `user-${random(MILLION)}`, activeUntil, renewableUntil: START + 1e8 };
      const record = newSession(START, given);
      store.create(record, UNLIMITED, START);
      return record.id;
    };
    const keeping = new Set<string>();
    const leaving: string[] = [];
    for (let number = 0; number < MILLION; number += 1) {
      // Long runs of lapsed sessions, and some that are going to leave.
      const lapsed = number % 20_000 < 7000;
      const id = login(START + (lapsed ? SECOND : 1e8));
      if (lapsed) continue;
      if (random(10) === 0) leaving.push(id);
      else keeping.add(id);
    }
    const seen = new Map<string, number>();
    let pages = 0;
    let next: string | undefined;
    do {
      const page = store.browse({ limit: 1000, ...(next !== undefined && { after: next }) }, START + SECOND)!;
      for (const { id } of page.records) seen.set(id, (seen.get(id) ?? 0) + 1);
      pages += 1;
      next = page.next;
      login(START + 1e8);
      store.revoke(leaving.splice(random(leaving.length), 1)[0]!, 'logout', {}, START + SECOND);
    } while (next !== undefined);
    process.stdout.write(`memory store: ${seen.size} sessions met on ${pages} pages, seed ${SEED}\n`);
    const missed = [...keeping].filter((id) => seen.get(id) !== 1);
    expect(missed).toEqual([]);
    expect(Math.max(...new Set(seen.values()))).toBe(1);
  });
});
