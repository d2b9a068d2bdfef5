import { afterAll, beforeAll } from '@jest/globals';
import { CLIENTS, CLUSTER_CLIENTS } from './clients.js';
import { describeWithCluster, describeWithRedis, RedisServer } from './redis-server.js';
import { describeSessionsOver } from './session-suites.js';

const RUNS = { seed: Number(process.env.SEED ?? 20_260_101), numRuns: 500 };

describeWithRedis('On a server of its own, in a long campaign', () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await RedisServer.start();
  });
  afterAll(() => server.stop());

  for (const [name, connect] of Object.entries(CLIENTS)) {
    describeSessionsOver(name, () => connect(server.port), RUNS);
  }
});

describeWithCluster('On a cluster of three masters', (ports) => {
  for (const [name, connect] of Object.entries(CLUSTER_CLIENTS)) {
    describeSessionsOver(name, () => connect(...ports()), RUNS);
  }
});
