import type { RedisClient } from '../../../src/stores/redis/redis-client.js';

/** Further ahead than any test goes. */
const FAR_AHEAD = 1e11;

/**
 * A client whose steps go by a time of the caller however far that is ahead of the server's, where it is a minute, or nothing
 * for a sweep: the contract's tests have hours to pass, which the server's clock has not.
 */
export function goingByTheCaller(client: RedisClient): RedisClient {
  return new Proxy(client, {
    get: (target, member) => {
      const value: unknown = Reflect.get(target, member);
      if (typeof value !== 'function') return value;
      const method = value.bind(target) as (...given: unknown[]) => unknown;
      if (member === 'evalsha' || member === 'eval' || member === 'evalSha') {
        return (...given: unknown[]) => method(...farAhead(given));
      }
      return method;
    },
  });
}

/** The second argument of a step says how far the first may lie ahead; ioredis has them behind the keys. */
function farAhead([script, keys, ...rest]: unknown[]): unknown[] {
  if (typeof keys === 'number') {
    return [script, keys, ...rest.map((each, place) => (place === keys + 1 ? FAR_AHEAD : each))];
  }
  const { arguments: given, ...others } = keys as { readonly arguments: string[] };
  return [
    script,
    { ...others, arguments: given.map((each, place) => (place === 1 ? String(FAR_AHEAD) : each)) },
  ];
}
