import {
  RedisSessionStore,
  type RedisClient,
  type RedisSessionStoreOptions,
} from 'nestjs-session-manager/redis';
import { silent } from '../workload/silent-logger.js';

/** So patient that a machine at work for others is no outage. */
const TIMEOUT = 10_000;

export function redisStore(
  client: RedisClient,
  options: Pick<RedisSessionStoreOptions, 'nearCache'> = {},
): RedisSessionStore {
  return new RedisSessionStore(client, { timeout: TIMEOUT, logger: silent, ...options });
}
