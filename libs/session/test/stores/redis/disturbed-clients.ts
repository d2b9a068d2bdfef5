import { setTimeout as pause } from 'node:timers/promises';
import type { RedisClient } from '../../../src/stores/redis/redis-client.js';
import { alteredClient } from './altered-client.js';

/** Later than any test goes. */
const NEVER = 1e15;

/**
 * A client of a process that ends while the server does not answer: its logins, refreshes and new API tokens, which bear a
 * deadline, are sent, and it hears of none.
 *
 * @param withDeadlines whether they keep it.
 * @param before is called before each of them.
 */
export function abandoned(
  client: RedisClient,
  { withDeadlines, before }: { withDeadlines: boolean; before: () => void },
): RedisClient {
  return alteredClient(client, async (step, given) => {
    if (!bearsDeadline(given)) return step(...given);
    before();
    // The signal is on its way.
    await pause(5);
    step(...(withDeadlines ? given : given.map(withoutDeadline))).catch(() => undefined);
    return new Promise(() => undefined);
  });
}

/**
 * A client that hears the answers to the same so many milliseconds later.
 *
 * @param done is called when the server has answered.
 */
export function late(client: RedisClient, by: number, done: () => void): RedisClient {
  return alteredClient(client, async (step, given) => {
    const answer = await step(...given);
    if (bearsDeadline(given)) {
      done();
      await pause(by);
    }
    return answer;
  });
}

/** Whether a step is a login, a refresh or a new API token. */
export function bearsDeadline(given: readonly unknown[]): boolean {
  return given.some((each, place) => withoutDeadline(each, place, given) !== each);
}

/** A deadline is the third argument, and a time; ioredis has the arguments behind the keys. */
function withoutDeadline(each: unknown, place: number, [, keys]: readonly unknown[]): unknown {
  if (typeof keys === 'number') return place === 2 + keys + 2 && isDeadline(each) ? NEVER : each;
  if (place !== 1) return each;
  const { arguments: given, ...others } = each as { readonly arguments: readonly string[] };
  if (!isDeadline(given[2])) return each;
  return { ...others, arguments: given.map((argument, index) => (index === 2 ? String(NEVER) : argument)) };
}

function isDeadline(argument: unknown): boolean {
  return Number(argument) > Date.UTC(2020);
}
