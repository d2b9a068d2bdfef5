import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { randomUUID } from 'node:crypto';
import { RedisSessionStore } from '../../../src/stores/redis/redis-session.store.js';
import { describeSessionStore } from '../../../src/testing/index.js';
import { SILENT } from '../../../src/testing/silent-logger.js';
import { heard, nearBesideAnother, nearCache } from '../shared/near-sessions.suite.js';
import { CLIENTS } from './clients.js';
import { describeWithRedis, RedisServer } from './redis-server.js';

const START = Date.UTC(2026, 0, 1);

describeWithRedis('Sessions on Redis, kept near who asks for them', () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await RedisServer.start();
  });
  afterAll(() => server.stop());

  describe('as any store', () => {
    let client: Redis;
    beforeAll(() => {
      client = new Redis(server.port, '127.0.0.1');
    });
    afterAll(() => client.disconnect());

    describeSessionStore('RedisSessionStore with a near cache', { describe, it }, async () => {
      const options = { namespace: randomUUID(), logger: SILENT, timeout: 10_000, clock: () => START };
      const store = new RedisSessionStore(client, { ...options, nearCache });
      await heard(store);
      return { store, dispose: () => store.close() };
    });
  });

  describe.each(Object.keys(CLIENTS))('over %s, beside another process', (driver) => {
    nearBesideAnother(async (options, near) => {
      const [first, second] = [await CLIENTS[driver]!(server.port), await CLIENTS[driver]!(server.port)];
      const admin = new Redis(server.port, '127.0.0.1');
      const given = { namespace: randomUUID(), logger: SILENT, ...options };
      return {
        server,
        near: new RedisSessionStore(first.client, { ...given, ...near }),
        other: new RedisSessionStore(second.client, given),
        takeAway: async (id) => admin.del(...(await admin.keys(`*:s:${id}`))),
        cutNews: () => admin.call('CLIENT', 'KILL', 'TYPE', 'pubsub'),
        end: () => {
          for (const { end } of [first, second]) end();
          admin.disconnect();
        },
      };
    });
  });

  it.each([
    [{ nearCache: { max: 0, maxStaleness: 1000 } }, /^nearCache\.max: expected/],
    [{ nearCache: { max: 10, maxStaleness: 10 } }, /^nearCache\.maxStaleness: expected/],
    [{ nearCache, partitions: 4 }, /^nearCache: expected none beside partitions/],
  ])('refuses %j', (options, message) => {
    const client = new Redis(server.port, '127.0.0.1');
    expect(() => new RedisSessionStore(client, { ...options, logger: SILENT })).toThrow(message);
    client.disconnect();
  });
});
