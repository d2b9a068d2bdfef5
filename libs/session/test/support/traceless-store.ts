import type { SessionStore } from '../../src/core/session-store.js';
import { MemorySessionStore } from '../../src/stores/memory/memory-session.store.js';

const UNLIMITED = {
  max: Infinity,
  onLimit: 'reject',
  maxPerUser: Infinity,
  onUserLimit: 'reject',
  reuseExisting: false,
} as const;

/** Judges accesses as a store of that content would, on a copy of the one record: what is looked at stays as it was. */
export class TracelessStore extends MemorySessionStore {
  readonly #store: SessionStore;

  constructor(store: SessionStore) {
    super();
    this.#store = store;
  }

  override access(id: string, generation: number, now: number) {
    const record = this.find(id, now);
    if (record === undefined) return undefined;
    const alone = new MemorySessionStore();
    alone.create(record, UNLIMITED, now);
    return alone.access(id, generation, now);
  }

  override find(id: string, now: number) {
    return this.#store.find(id, now) as ReturnType<MemorySessionStore['find']>;
  }

  override absence(id: string, generation: number, now: number) {
    return this.#store.absence(id, generation, now) as ReturnType<MemorySessionStore['absence']>;
  }
}
