import { setTimeout } from 'node:timers/promises';
import { MemorySessionStore } from 'nestjs-session-manager';
import { opaqueManager } from '../contestants/ours.js';
import { collectAllGarbage } from '../harness/collect-garbage.js';
import { scaled, type Contestant, type Effort, type Meter, type Scenario } from '../harness/contest.js';
import { longestTurn, turnOf99In100 } from '../harness/turns.js';
import { sessionRecord, thisSecond, UNLIMITED } from '../workload/session-records.js';

const EXPIRING = 100_000;
const SHORT_LIFE = 3600;
const LONG_LIFE = 1_000_000;
const SETTLING = 1500;

export const cleanUp: Scenario = {
  name: 'clean-up',
  operation: 'free an expired session, while nine times as many are live',
  async open(effort) {
    const operations = scaled(EXPIRING, effort);
    const ours = await managerOf(9 * operations);
    return {
      operations,
      unit: 'ms of a turn',
      rounds: 5,
      contestants: [
        swept('nestjs-session-manager, longest turn', longestTurn, ours, effort),
        swept('nestjs-session-manager, 99 of 100 turns', turnOf99In100, ours, effort),
        swept('one scan of a Map', longestTurn, mapOf(9 * operations), effort),
      ],
    };
  },
};

/** Sessions, and a clock of their own. */
interface Swept {
  add(sessions: number, seconds: number): void;
  wait(seconds: number): void;
  sweep(): Promise<number>;
}

/** Each round, some sessions begin and expire beside those that stay. */
function swept(name: string, meter: Meter, sessions: Swept, effort: Effort): Contestant {
  return {
    name,
    meter,
    prepare: async () => {
      sessions.add(scaled(EXPIRING, effort), SHORT_LIFE);
      sessions.wait(2 * SHORT_LIFE);
      // What the logins left is theirs to collect, and a collection goes on for a while in other threads.
      collectAllGarbage();
      await setTimeout(scaled(SETTLING, effort));
      return () => sessions.sweep();
    },
  };
}

class Time {
  now = thisSecond();
}

async function managerOf(live: number): Promise<Swept> {
  const time = new Time();
  const store = new MemorySessionStore();
  const manager = await opaqueManager({ store, clock: () => time.now });
  const add = (sessions: number, seconds: number) => {
    for (const record of records(sessions, time.now, seconds)) store.create(record, UNLIMITED, time.now);
  };
  add(live, LONG_LIFE);
  return { add, wait: waiting(time), sweep: () => manager.cleanupExpiredSessions() };
}

/** As one writes it by hand. */
function mapOf(live: number): Swept {
  const time = new Time();
  const map = new Map<string, { username: string; expiresAt: Date }>();
  const add = (sessions: number, seconds: number) => {
    for (const { id, username, expiresAt } of records(sessions, time.now, seconds)) {
      map.set(id, { username, expiresAt: new Date(expiresAt) });
    }
  };
  add(live, LONG_LIFE);
  return {
    add,
    wait: waiting(time),
    async sweep() {
      const before = map.size;
      for (const [id, { expiresAt }] of map) if (expiresAt.getTime() <= time.now) map.delete(id);
      return before - map.size;
    },
  };
}

/** Of as many users, whose sessions expire within a minute. */
function* records(sessions: number, now: number, seconds: number) {
  for (let number = 0; number < sessions; number++) {
    yield sessionRecord(`user${number}`, now, seconds + Math.floor((60 * number) / sessions));
  }
}

function waiting(time: Time): (seconds: number) => void {
  return (seconds) => {
    time.now += seconds * 1000;
  };
}
