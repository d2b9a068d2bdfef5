import { describeApiTokensOver } from './api-token-suites.js';
import { CLUSTER_CLIENTS } from './clients.js';
import { describeWithCluster } from './redis-server.js';

describeWithCluster('On a cluster of three masters', (ports) => {
  for (const [name, connect] of Object.entries(CLUSTER_CLIENTS)) {
    describeApiTokensOver(name, () => connect(...ports()));
  }
});
