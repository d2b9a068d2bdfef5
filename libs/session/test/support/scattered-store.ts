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
        await someTurns(random, MAX_TURNS);
        const answer: unknown = member.apply(target, args);
        await someTurns(random, MAX_TURNS);
        return answer;
      };
    },
  });
}

/** Lets others run, for up to `max` turns of the event loop. */
export async function someTurns(random: SeededRandom, max: number): Promise<void> {
  for (let turns = random(max + 1); turns > 0; turns -= 1) await setImmediate();
}
