import type { RedisClient } from '../../../src/stores/redis/redis-client.js';

type Step = (...given: unknown[]) => Promise<unknown>;

/** A client whose steps pass through `alter`, and which is the same in everything else. */
export function alteredClient(
  client: RedisClient,
  alter: (step: Step, given: unknown[]) => Promise<unknown>,
): RedisClient {
  return new Proxy(client, {
    get: (target, member) => {
      const value: unknown = Reflect.get(target, member);
      if (typeof value !== 'function') return value;
      // The same client with other types of replies is no way round.
      if (member === 'withTypeMapping') {
        return (types: object) =>
          alteredClient((value as (of: object) => RedisClient).call(target, types), alter);
      }
      const method = value.bind(target) as Step;
      const isStep = member === 'evalsha' || member === 'eval' || member === 'evalSha';
      return isStep ? (...given: unknown[]) => alter(method, given) : method;
    },
  });
}
