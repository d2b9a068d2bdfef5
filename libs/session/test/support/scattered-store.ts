import { setImmediate } from 'node:timers/promises';
import type { SessionStore } from '../../src/core/session-store.js';
import type { SeededRandom } from './seeded-random.js';

/** Turns of the event loop that a question, and an answer, may take at most. */
const MAX_TURNS = 4;

/**
 * The store as over a network: each verb stays the one indivisible step that it is, but questions reach it, and
 * answers come back, after a random number of turns of the event loop; so that they overtake each other.
 */
export function scattered<S extends SessionStore>(store: S, random: SeededRandom): S {
  return new Proxy(store, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== 'function') return member;
      return async (...args: unknown[]) => {
        await someTurns(random);
        const answer: unknown = member.apply(target, args);
        await someTurns(random);
        return answer;
      };
    },
  });
}

async function someTurns(random: SeededRandom): Promise<void> {
  for (let turns = random(MAX_TURNS + 1); turns > 0; turns -= 1) await setImmediate();
}
