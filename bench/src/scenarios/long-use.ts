import { MemorySessionStore } from 'nestjs-session-manager';
import { scaled, type Contestant, type Meter, type Scenario } from '../harness/contest.js';
import { keptMebibytes } from '../harness/kept-bytes.js';
import { longestTurn } from '../harness/turns.js';
import { sessionRecord, thisSecond, UNLIMITED } from '../workload/session-records.js';

const SECOND = 1000;
const DAY = 86_400;

/** What a store keeps of the seconds in which a session was used: it should be nothing. */
export const longUse: Scenario = {
  name: 'long-use',
  operation: 'use one session in every second of 30 days',
  async open(effort) {
    const operations = scaled(30 * DAY, effort);
    return {
      operations,
      unit: 'MiB kept',
      rounds: 1,
      contestants: [
        used('nestjs-session-manager, sliding', operations, { slideBy: 3600 * SECOND }),
        used('nestjs-session-manager, idle time-out', operations, { idleTimeout: 3600 * SECOND }),
      ],
    };
  },
};

/** How long everybody waits for the first count after days without any. */
export const catchUp: Scenario = {
  name: 'catch-up',
  operation: 'count, after three days in which sessions ended in every second and nobody looked',
  async open(effort) {
    const sessions = scaled(3 * DAY, effort);
    return { operations: 1, unit: 'ms of a turn', rounds: 5, contestants: [counted(longestTurn, sessions)] };
  },
};

function used(name: string, seconds: number, lifetimes: object): Contestant {
  const kept: object[] = [];
  return {
    name,
    meter: keptMebibytes,
    prepare: () => {
      kept.pop();
      const start = thisSecond();
      const store = new MemorySessionStore();
      const record = { ...sessionRecord('alice', start, 3600), ...lifetimes };
      const lasting = { ...record, activeUntil: start + 1e10, renewableUntil: start + 1e10 };
      store.create('slideBy' in lifetimes ? record : lasting, UNLIMITED, start);
      kept.push(store);
      return () => {
        for (let second = 1; second <= seconds; second++) {
          if (!store.access(record.id, 0, start + second * SECOND)) throw new Error('The session ended');
        }
        return seconds;
      };
    },
  };
}

function counted(meter: Meter, sessions: number): Contestant {
  return {
    name: 'nestjs-session-manager',
    meter,
    prepare: () => {
      const start = thisSecond();
      const store = new MemorySessionStore();
      for (let second = 1; second <= sessions; second++) {
        store.create(sessionRecord(`user${second}`, start, second), UNLIMITED, start);
      }
      return () => {
        if (store.count(start + (sessions + 1) * SECOND) !== 0) throw new Error('Some are active still');
        return 1;
      };
    },
  };
}
