import { Cluster, Redis } from 'ioredis';
import { createClient, createCluster } from 'redis';
import type { RedisClient } from '../../../src/stores/redis/redis-client.js';

/** A connected client, as an application makes one, and how the application ends it. */
export interface ConnectedClient {
  readonly client: RedisClient;
  readonly end: () => void;
}

type Connect = (...ports: number[]) => Promise<ConnectedClient>;

/** Clients of one server by what they are called: each driver, and each protocol of those that have the choice. */
export const CLIENTS: Readonly<Record<string, Connect>> = {
  ioredis: async (port) => {
    const client = new Redis(port, '127.0.0.1', { lazyConnect: true });
    client.on('error', () => undefined);
    await client.connect();
    return { client, end: () => client.disconnect() };
  },
  'node-redis (RESP2)': (port) => nodeRedis(port, 2),
  'node-redis (RESP3)': (port) => nodeRedis(port, 3),
};

/** Clients of a cluster. */
export const CLUSTER_CLIENTS: Readonly<Record<string, Connect>> = {
  'ioredis Cluster': async (...ports) => {
    const client = new Cluster(
      ports.map((port) => ({ host: '127.0.0.1', port })),
      { lazyConnect: true },
    );
    client.on('error', () => undefined);
    await client.connect();
    return { client, end: () => client.disconnect() };
  },
  'node-redis cluster': async (...ports) => {
    const rootNodes = ports.map((port) => ({ url: `redis://127.0.0.1:${port}` }));
    const client = createCluster({ rootNodes });
    client.on('error', () => undefined);
    await client.connect();
    return { client, end: () => client.destroy() };
  },
};

async function nodeRedis(port: number, RESP: 2 | 3): Promise<ConnectedClient> {
  const client = createClient({ url: `redis://127.0.0.1:${port}`, RESP });
  client.on('error', () => undefined);
  await client.connect();
  return { client, end: () => client.destroy() };
}
