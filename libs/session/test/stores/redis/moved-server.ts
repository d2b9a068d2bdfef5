import type { Redis } from 'ioredis';
import type { IoRedisClient } from '../../../src/stores/redis/redis-client.js';

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
}
