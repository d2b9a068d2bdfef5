import type { MaybePromise } from '../../src/util/maybe-promise.js';
import { MemorySessionStore } from '../../src/stores/memory/memory-session.store.js';

/** A memory store that runs a rival's call inside the window just before one of its verbs. */
export class RivalledStore extends MemorySessionStore {
  #rivals = new Map<string, () => MaybePromise<unknown>>();

  /** Once, before the next call of `verb`. */
  before(verb: 'rotate' | 'access' | 'create' | 'revoke', rival: () => MaybePromise<unknown>): void {
    this.#rivals.set(verb, rival);
  }

  override rotate(...args: Parameters<MemorySessionStore['rotate']>) {
    return this.#after('rotate', () => super.rotate(...args));
  }

  override access(...args: Parameters<MemorySessionStore['access']>) {
    return this.#after('access', () => super.access(...args));
  }

  #after<T>(verb: string, call: () => T): T {
    const rival = this.#rivals.get(verb);
    this.#rivals.delete(verb);
    if (rival === undefined) return call();
    return Promise.resolve(rival()).then(call) as T;
  }
}

/** A store that is down: every verb breaks, at once or as a promise. */
export function brokenStore(how: 'throws' | 'rejects'): MemorySessionStore {
  const store = new MemorySessionStore();
  const fault = new Error('connect ECONNREFUSED');
  for (const verb of [
    'create',
    'access',
    'rotate',
    'find',
    'revoke',
    'revokeByUser',
    'listByUser',
    'count',
    'sweepExpired',
  ] as const) {
    Object.defineProperty(store, verb, {
      value: () => {
        if (how === 'throws') throw fault;
        return Promise.reject(fault);
      },
    });
  }
  return store;
}
