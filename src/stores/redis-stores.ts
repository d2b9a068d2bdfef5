import { Logger } from '@nestjs/common';
import type { StoreChoice } from '../config/app-config.js';
import type { SessionStores } from './session-stores.js';

type RedisChoice = Extract<StoreChoice, { kind: 'redis' | 'postgres' }>;

/** Stores on a Redis or Valkey server, over a client that goes on trying to reach it. */
export async function openRedisStores({ url, timeout }: RedisChoice): Promise<SessionStores> {
  const { createClient } = await import('redis');
  const { RedisApiTokenStore, RedisSessionStore } = await import('nestjs-session-manager/redis');
  const logger = new Logger('Redis');
  const client = createClient({ url });
  // Without a listener the first lost connection would end the process.
  client.on('error', (error: Error) => logger.warn(error.message || error.name));
  client.connect().catch(() => undefined);
  const options = { logger, timeout };
  return {
    store: new RedisSessionStore(client, options),
    apiTokenStore: new RedisApiTokenStore(client, options),
    close: () => client.destroy(),
  };
}
