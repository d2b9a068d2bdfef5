import { MemorySessionStore, type SessionRecord } from 'nestjs-session-manager';
import { scaled, type Contestant, type Scenario } from '../harness/contest.js';
import { keptBytesEach } from '../harness/kept-bytes.js';
import { sessionRecord, thisSecond, UNLIMITED } from '../workload/session-records.js';

/** Names of ten characters: 32 of the bytes, and an id is 40 of them. */
const FIRST_USER = 100_000;

export const memory: Scenario = {
  name: 'memory',
  operation: 'keep a session of a user who has one, with all that finds it again',
  async open(effort) {
    const operations = scaled(1_000_000, effort);
    return {
      operations,
      unit: 'bytes per session',
      rounds: 1,
      contestants: [
        keeping('nestjs-session-manager', operations, storeSessions),
        keeping('objects with Dates in a Map by id', operations, mapOfObjects),
      ],
    };
  },
};

/** Keeps the sessions of all logins, and gives back what holds them. */
type Keep = (records: Iterable<SessionRecord>) => object;

function keeping(name: string, sessions: number, keep: Keep): Contestant {
  const kept: object[] = [];
  return {
    name,
    meter: keptBytesEach,
    prepare: () => {
      kept.pop();
      return () => {
        kept.push(keep(logins(sessions)));
        return sessions;
      };
    },
  };
}

/** Spread over an hour. */
function* logins(sessions: number): Iterable<SessionRecord> {
  const start = thisSecond();
  for (let number = 0; number < sessions; number++) {
    const now = start + Math.floor((number / sessions) * 3600) * 1000;
    yield sessionRecord(`user${FIRST_USER + number}`, now, 7200);
  }
}

function storeSessions(records: Iterable<SessionRecord>): object {
  const store = new MemorySessionStore();
  for (const record of records) store.create(record, UNLIMITED, record.createdAt);
  return store;
}

/** As one writes it by hand: finds a session by its id, and neither a user's nor an expired one without a scan. */
function mapOfObjects(records: Iterable<SessionRecord>): object {
  const sessions = new Map<string, object>();
  for (const { id, username, createdAt, expiresAt } of records) {
    const [created, expires] = [new Date(createdAt), new Date(expiresAt)];
    sessions.set(id, { id, username, createdAt: created, lastAccessed: created, expiresAt: expires });
  }
  return sessions;
}
