import type { Redis } from 'ioredis';
import type { IoRedisClient } from '../../../src/stores/redis/redis-client.js';

/** No generation, limit or count comes up to it, and every time that tests tell does. */
const LEAST_TIME = Date.UTC(2020);

/** A client of a real server whose clock is the test's: what scripts take for the server's time is put into their text. */
export class MovedServer implements IoRedisClient {
  readonly #redis: Redis;
  /** Epoch milliseconds. */
  now = Date.now();

  constructor(redis: Redis) {
    this.#redis = redis;
  }

  evalsha(): Promise<unknown> {
    return Promise.reject(new Error('NOSCRIPT No matching script.'));
  }

  eval(text: string, keys: number, ...given: (string | number)[]): Promise<unknown> {
    const time = `{ ${Math.floor(this.now / 1000)}, ${(this.now % 1000) * 1000} }`;
    return this.#redis.eval(text.replaceAll("redis.call('TIME')", time), keys, ...given);
  }

  get(key: string): Promise<string | null> {
    return this.#redis.get(key);
  }

  /** The store, at a server whose clock is set to the `now` of each question before that is asked. */
  movedWith<Store extends { ping(): unknown }>(store: Store): Store {
    return new Proxy(store, {
      get: (_, name) => {
        const member: unknown = Reflect.get(store, name, store);
        if (typeof member !== 'function' || name === 'clock' || name === 'subscribe') return member;
        return async (...given: unknown[]) => {
          const now = given.find((each): each is number => typeof each === 'number' && each > LEAST_TIME);
          if (now !== undefined) {
            this.now = now;
            // So that it knows what time it is there.
            await store.ping();
          }
          return (member as (...given: unknown[]) => unknown).apply(store, given);
        };
      },
    });
  }
}
