import type { CreateRules, SessionRecord, SessionStore } from 'nestjs-session-manager';
import { inFlight } from './in-flight.js';
import { sessionRecord, UNLIMITED } from './session-records.js';
import { username } from './signing.js';

const AT_ONCE = 64;
const HOUR = 3600;

/** Sessions of as many users, made one after the other; they end within an hour, and none before the bench is over. */
export function* sessionsFrom(now: number, count: number): Generator<SessionRecord> {
  for (let number = 0; number < count; number++) {
    yield sessionRecord(username(number), now, HOUR + (number % HOUR));
  }
}

/** Puts them into the store by its own `create`, which lets in as many as asked for; counts those that are there. */
export function fill(
  store: SessionStore,
  records: Iterable<SessionRecord>,
  rules: CreateRules = UNLIMITED,
): Promise<number> {
  return inFlight(AT_ONCE, records, async (record) => {
    return (await store.create(record, rules, record.createdAt)).outcome === 'created';
  });
}
