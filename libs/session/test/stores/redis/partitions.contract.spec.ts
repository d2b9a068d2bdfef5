import { afterAll, beforeAll } from '@jest/globals';
import { CLIENTS } from './clients.js';
import { describeStoresOverPartitions } from './partitions.suites.js';
import { describeWithRedis, RedisServer } from './redis-server.js';

describeWithRedis('On one server', () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await RedisServer.start();
  });
  afterAll(() => server.stop());

  describeStoresOverPartitions('ioredis', () => CLIENTS['ioredis']!(server.port));
});
