import { setImmediate, setTimeout } from 'node:timers/promises';
import { MemorySessionStore } from 'nestjs-session-manager';
import { collectAllGarbage } from '../harness/collect-garbage.js';
import { scaled, type Contestant, type Effort, type Meter, type Scenario } from '../harness/contest.js';
import { longestTurn, turnOf99In100 } from '../harness/turns.js';
import { sessionRecord, thisSecond, UNLIMITED } from '../workload/session-records.js';

const MILLION = 1_000_000;
const LONG_LIFE = 1_000_000;
const PAGE_SIZES = [100, 1000];
const SETTLING = 1500;

export const browse: Scenario = {
  name: 'browse',
  operation: 'meet one of a million sessions in a walk over all, a page in a turn',
  open(effort) {
    const operations = scaled(MILLION, effort);
    const now = thisSecond();
    const store = new MemorySessionStore();
    for (let number = 0; number < operations; number++) {
      store.create(sessionRecord(`user${number}`, now, LONG_LIFE), UNLIMITED, now);
    }
    const contestants = PAGE_SIZES.flatMap((limit) => [
      walked(`pages of ${limit}, longest turn`, longestTurn, store, { limit, now, effort }),
      walked(`pages of ${limit}, 99 of 100 turns`, turnOf99In100, store, { limit, now, effort }),
    ]);
    return Promise.resolve({ operations, unit: 'ms of a turn', rounds: 5, contestants });
  },
};

interface Walk {
  readonly limit: number;
  readonly now: number;
  readonly effort: Effort;
}

function walked(
  name: string,
  meter: Meter,
  store: MemorySessionStore,
  { limit, now, effort }: Walk,
): Contestant {
  return {
    name,
    meter,
    prepare: async () => {
      // What the logins left is theirs to collect, and a collection goes on for a while in other threads.
      collectAllGarbage();
      await setTimeout(scaled(SETTLING, effort));
      return () => walk(store, limit, now);
    },
  };
}

/** Answers how many sessions it met. */
async function walk(store: MemorySessionStore, limit: number, now: number): Promise<number> {
  let met = 0;
  let page = store.browse({ limit }, now)!;
  for (; page.next !== undefined; page = store.browse({ limit, after: page.next }, now)!) {
    met += page.records.length;
    await setImmediate();
  }
  return met + page.records.length;
}
