import type { RedisClient } from 'nestjs-session-manager/redis';
import { redisStore } from '../redis/stores.js';
import { inFlight } from '../workload/in-flight.js';
import { login } from '../workload/logins.js';
import { opaqueManager } from './ours.js';
import type { SessionKeeper } from './session-keeper.js';

/** The full contract, as in memory: the token is genuine, its session live, the access noted. */
export async function oursOnRedis(client: RedisClient, users: readonly string[]): Promise<SessionKeeper> {
  const manager = await opaqueManager({ store: redisStore(client) });
  const credentials: string[] = [];
  await inFlight(64, users.entries(), async ([number, username]) => {
    credentials[number] = (await login(manager, username)).accessToken;
    return true;
  });
  return {
    name: 'nestjs-session-manager',
    credentials,
    visit: async (token) => (await manager.validateSession(token)).username,
    leave: (token) => manager.invalidateSession(token),
  };
}
