import { MemorySessionStore, type SessionManager } from 'nestjs-session-manager';
import { opaqueManager } from '../contestants/ours.js';
import { scaled, type Effort } from '../harness/contest.js';
import { sessionRecord, thisSecond, UNLIMITED } from './session-records.js';
import { username } from './signing.js';

/** A manager at its limit, and the ids of its sessions. */
export interface FullManager {
  readonly name: string;
  readonly manager: SessionManager;
  readonly sessionIds: string[];
}

/** The numbers of sessions that the cost of a login must not depend on; the others are compared with the first. */
const SIZES = [10_000, 10, 1_000_000];

export function fullManagers(effort: Effort): Promise<FullManager[]> {
  return Promise.all(SIZES.map((size) => fullManager(Math.max(10, scaled(size, effort)))));
}

/**
 * Fills a store through its own `create`, each session another user's: the tokens of a million logins, which nobody
 * would present, take half a minute to sign. They would be opaque, since the signatures of JWTs hide what a store
 * takes.
 */
async function fullManager(sessions: number): Promise<FullManager> {
  const store = new MemorySessionStore();
  const sessionIds: string[] = [];
  const now = thisSecond();
  for (let number = 0; number < sessions; number++) {
    // Spread over an hour, as logins are, and none before the bench is over.
    const record = sessionRecord(username(number), now, 3600 + (number % 3600));
    store.create(record, UNLIMITED, now);
    sessionIds.push(record.id);
  }
  return {
    name: `${sessions.toLocaleString('en')} live sessions`,
    manager: await opaqueManager({ store, maxConcurrentSessions: sessions }),
    sessionIds,
  };
}
