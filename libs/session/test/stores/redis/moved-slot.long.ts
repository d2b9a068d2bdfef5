import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Cluster, Redis } from 'ioredis';
import { slotOf } from '../../../src/stores/redis/partitions.js';
import { RedisSessionStore } from '../../../src/stores/redis/redis-session.store.js';
import { newSession, rotationAt, UNLIMITED } from '../../../src/testing/session-store.contract/fixtures.js';
import { SILENT } from '../../../src/testing/silent-logger.js';
import { seededRandom } from '../../support/seeded-random.js';
import { describeWithCluster } from './redis-server.js';

const SLOT = slotOf('nsm');
const NOW = Date.UTC(2026, 0, 1);

describeWithCluster('Sessions on a cluster', (ports) => {
  let client: Cluster;
  beforeAll(() => {
    client = new Cluster(ports().map((port) => ({ host: '127.0.0.1', port })));
    client.on('error', () => undefined);
  });
  afterAll(() => client.disconnect());

  it('a slot that is moved while sessions come and go leaves every index as it should be', async () => {
    const store = new RedisSessionStore(client, { logger: SILENT, timeout: 2000, clock: () => NOW });
    const random = seededRandom(7);
    const ids: string[] = [];
    const refused = new Map<string, number>();
    let isOver = false;
    const use = async () => {
      while (!isOver) {
        const id = ids[random(Math.max(1, ids.length))] ?? 'A'.repeat(22);
        try {
          const kind = random(10);
          if (kind < 3) {
            const record = newSession(NOW, { username: `user-${random(50)}`, idleTimeout: 60_000 });
            await store.create(record, UNLIMITED, NOW);
            ids.push(record.id);
          } else if (kind < 6) await store.access(id, 0, NOW + 1000 * random(9));
          else if (kind < 8)
            await store.rotate(id, { from: 0, attempt: 'a', next: rotationAt(NOW), rules: UNLIMITED }, NOW);
          else await store.revoke(id, 'logout', {}, NOW);
        } catch (error) {
          const word =
            /^[A-Z]+/.exec((error as Error).message)?.[0] ?? (error as { code?: string }).code ?? 'odd';
          refused.set(word, (refused.get(word) ?? 0) + 1);
        }
      }
    };
    const users = Array.from({ length: 16 }, use);
    while (ids.length < 500) await new Promise((resolve) => setTimeout(resolve, 10));
    expect(await moveSlot(ports())).toBeGreaterThan(500);
    const before = ids.length;
    while (ids.length < before + 200) await new Promise((resolve) => setTimeout(resolve, 10));
    isOver = true;
    await Promise.all(users);
    process.stdout.write(
      `slot moved under load: ${ids.length} logins, refused meanwhile ${JSON.stringify([...refused])}\n`,
    );
    expect(
      [...refused.keys()].filter((word) => word !== 'TRYAGAIN' && word !== 'SESSION_STORE_UNAVAILABLE'),
    ).toEqual([]);

    const there = new Set((await keysOf(ports())).filter((key) => key.startsWith('{nsm}:s:')));
    const live: string[] = [];
    for (const key of there)
      if ((await client.get(key))?.startsWith('1')) live.push(key.slice('{nsm}:s:'.length));
    live.sort();
    expect((await client.zrange('{nsm}:active', '0', '-1')).sort()).toEqual(live);
    expect((await client.zrange('{nsm}:over', '0', '-1')).sort()).toEqual(live);
    expect((await client.zrange('{nsm}:slots', '0', '-1')).sort()).toEqual(live);
    const owned: string[] = [];
    for (let user = 0; user < 50; user += 1) {
      owned.push(...(await store.listByUser(`user-${user}`, NOW)).map(({ id }) => id));
    }
    expect(owned.sort()).toEqual(live);
    store.close();
  });
});

/** Moves the slot of the namespace to the next master, as `redis-cli --cluster reshard` does; answers how many keys went. */
async function moveSlot(ports: readonly number[]): Promise<number> {
  const nodes = ports.map((port) => new Redis(port, '127.0.0.1'));
  const ids = await Promise.all(nodes.map((node) => node.call('CLUSTER', 'MYID') as Promise<string>));
  const counts = await Promise.all(
    nodes.map((node) => node.call('CLUSTER', 'COUNTKEYSINSLOT', SLOT) as Promise<number>),
  );
  const from = counts.findIndex((count) => count > 0);
  const to = (from + 1) % ports.length;
  await nodes[to]!.call('CLUSTER', 'SETSLOT', SLOT, 'IMPORTING', ids[from]!);
  await nodes[from]!.call('CLUSTER', 'SETSLOT', SLOT, 'MIGRATING', ids[to]!);
  let moved = 0;
  for (;;) {
    const keys = (await nodes[from]!.call('CLUSTER', 'GETKEYSINSLOT', SLOT, 20)) as string[];
    if (keys.length === 0) break;
    await nodes[from]!.call('MIGRATE', '127.0.0.1', ports[to]!, '', 0, 5000, 'KEYS', ...keys);
    moved += keys.length;
  }
  for (const node of [nodes[to]!, nodes[from]!, ...nodes])
    await node.call('CLUSTER', 'SETSLOT', SLOT, 'NODE', ids[to]!);
  for (const node of nodes) node.disconnect();
  return moved;
}

async function keysOf(ports: readonly number[]): Promise<string[]> {
  const all: string[] = [];
  for (const port of ports) {
    const node = new Redis(port, '127.0.0.1');
    all.push(...(await node.keys('*')));
    node.disconnect();
  }
  return all;
}
