import { expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { RedisSessionStore } from '../../../src/stores/redis/redis-session.store.js';
import { newSession, UNLIMITED } from '../../../src/testing/session-store.contract/fixtures.js';
import { SILENT } from '../../../src/testing/silent-logger.js';
import { CLUSTER_CLIENTS } from './clients.js';
import { describeStoresOverPartitions } from './partitions.suites.js';
import { describeWithCluster } from './redis-server.js';

describeWithCluster('On a cluster of three masters', (ports) => {
  for (const [name, connect] of Object.entries(CLUSTER_CLIENTS)) {
    describeStoresOverPartitions(name, () => connect(...ports()));
  }

  it('users and the work for them are spread evenly over the masters', async () => {
    const { client, end } = await CLUSTER_CLIENTS['ioredis Cluster']!(...ports());
    const nodes = ports().map((port) => new Redis(port, '127.0.0.1'));
    const store = new RedisSessionStore(client, {
      namespace: 'even',
      partitions: 16,
      timeout: 10_000,
      logger: SILENT,
    });
    await store.ping();
    const now = store.clock();
    const records = Array.from({ length: 30_000 }, (_, user) => {
      const username = `user-${user}`;
      return newSession(now, { id: store.newId!(username), username });
    });
    const before = await Promise.all(nodes.map(workDone));
    for (const batch of inBatches(records, 500)) {
      await Promise.all(batch.map((record) => store.create(record, UNLIMITED, now)));
      await Promise.all(batch.map(({ id }) => store.access(id, 0, now)));
    }
    const after = await Promise.all(nodes.map(workDone));
    // Sixteen partitions on three masters: five, five and six.
    const shares = after.map((work, node) => (work - before[node]!) / (2 * records.length));
    process.stderr.write(`work by master: ${shares.map((share) => share.toFixed(3)).join(', ')}\n`);
    for (const share of shares) {
      expect(share).toBeGreaterThan(0.9 * (5 / 16));
      expect(share).toBeLessThan(1.1 * (6 / 16));
    }
    nodes.forEach((node) => node.disconnect());
    store.close();
    end();
  });
});

/** How many scripts a server has run. */
async function workDone(node: Redis): Promise<number> {
  const stats = await node.info('commandstats');
  return Number(/cmdstat_evalsha:calls=(\d+)/.exec(stats)?.[1] ?? 0);
}

function inBatches<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, at) =>
    items.slice(at * size, (at + 1) * size),
  );
}
