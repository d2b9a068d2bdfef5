import { afterAll, beforeAll, describe, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { RedisApiTokenStore } from '../../../src/stores/redis/redis-api-token.store.js';
import { describeApiTokenStore } from '../../../src/testing/index.js';
import { SILENT } from '../../../src/testing/silent-logger.js';
import type { ConnectedClient } from './clients.js';
import { goingByTheCaller } from './going-by-the-caller.js';

const START = Date.UTC(2026, 0, 1);

/** Each store in a namespace of its own, and with time to answer on a busy machine. */
const options = () => ({ namespace: randomUUID(), logger: SILENT, timeout: 10_000 });

/** The contract of stores of API tokens over a client of Redis, by a clock that was given and by the server's. */
export function describeApiTokensOver(name: string, connect: () => Promise<ConnectedClient>): void {
  describe(`RedisApiTokenStore over ${name}`, () => {
    let connected: ConnectedClient;
    beforeAll(async () => {
      connected = await connect();
    });
    afterAll(() => connected.end());

    describeApiTokenStore('by a clock that was given', { describe, it }, () => {
      const store = new RedisApiTokenStore(connected.client, { ...options(), clock: () => START });
      return { store, dispose: () => store.close() };
    });

    describeApiTokenStore('by the clock of the server', { describe, it }, async () => {
      const store = new RedisApiTokenStore(goingByTheCaller(connected.client), options());
      await store.ping();
      return { store, dispose: () => store.close() };
    });
  });
}
