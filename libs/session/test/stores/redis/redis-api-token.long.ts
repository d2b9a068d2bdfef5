import { afterAll, beforeAll } from '@jest/globals';
import { describeApiTokensOver } from './api-token-suites.js';
import { CLUSTER_CLIENTS } from './clients.js';
import { describeWithRedis, startCluster } from './redis-server.js';

describeWithRedis('On a cluster of three masters', () => {
  let cluster: Awaited<ReturnType<typeof startCluster>>;
  beforeAll(async () => {
    cluster = await startCluster();
  });
  afterAll(() => cluster.stop());

  for (const [name, connect] of Object.entries(CLUSTER_CLIENTS)) {
    describeApiTokensOver(name, () => connect(...cluster.ports));
  }
});
