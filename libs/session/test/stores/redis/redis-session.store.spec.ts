import { afterAll, beforeAll } from '@jest/globals';
import { CLIENTS } from './clients.js';
import { describeWithRedis, RedisServer } from './redis-server.js';
import { describeSessionsOver } from './session-suites.js';

describeWithRedis('On a server of its own', () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await RedisServer.start();
  });
  afterAll(() => server.stop());

  for (const [name, connect] of Object.entries(CLIENTS)) {
    describeSessionsOver(name, () => connect(server.port), { seed: 20_260_101, numRuns: 20 });
  }
});
