import { afterAll, beforeAll, describe, it } from '@jest/globals';
import { RedisSessionStore } from '../../../src/stores/redis/redis-session.store.js';
import { describeSessionStore } from '../../../src/testing/index.js';
import { SILENT } from '../../../src/testing/silent-logger.js';
import { CLIENTS, type ConnectedClient } from './clients.js';
import { describeWithRedis, RedisServer } from './redis-server.js';
import { goingByTheCaller } from './going-by-the-caller.js';

describeWithRedis('RedisSessionStore', () => {
  let server: RedisServer;
  let stores = 0;
  beforeAll(async () => {
    server = await RedisServer.start();
  });
  afterAll(() => server.stop());

  describe.each(Object.entries(CLIENTS))('over %s', (_name, connect) => {
    let connected: ConnectedClient;
    beforeAll(async () => {
      connected = await connect(server.port);
    });
    afterAll(() => connected.end());

    const options = () => ({ namespace: `test-${(stores += 1)}`, logger: SILENT, timeout: 10_000 });

    describeSessionStore('by a clock that was given', { describe, it }, () => {
      const clock = () => Date.UTC(2026, 0, 1);
      const store = new RedisSessionStore(connected.client, { ...options(), clock });
      return { store, dispose: () => store.close() };
    });

    describeSessionStore("by the server's clock", { describe, it }, async () => {
      const store = new RedisSessionStore(goingByTheCaller(connected.client), options());
      await store.ping();
      return { store, dispose: () => store.close() };
    });
  });
});
