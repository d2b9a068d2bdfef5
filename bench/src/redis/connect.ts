import { Redis } from 'ioredis';
import type { RedisClient } from 'nestjs-session-manager/redis';
import { createClient } from 'redis';

export type Driver = 'ioredis' | 'node-redis';

/** A client as an application makes one, and how the application ends it. */
export interface Connected {
  readonly client: RedisClient;
  readonly end: () => void;
}

export async function connect(driver: Driver, port: number): Promise<Connected> {
  switch (driver) {
    case 'ioredis': {
      const client = new Redis(port, '127.0.0.1', { lazyConnect: true });
      client.on('error', () => undefined);
      await client.connect();
      return { client, end: () => client.disconnect() };
    }
    case 'node-redis': {
      const client = createClient({ socket: { host: '127.0.0.1', port } });
      client.on('error', () => undefined);
      await client.connect();
      return { client, end: () => client.destroy() };
    }
  }
}
