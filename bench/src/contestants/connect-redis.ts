import { RedisStore } from 'connect-redis';
import type { SessionData } from 'express-session';
import { randomBytes } from 'node:crypto';
import type { RedisClient } from 'nestjs-session-manager/redis';
import { inFlight } from '../workload/in-flight.js';
import type { SessionKeeper } from './session-keeper.js';

type UserSession = SessionData & { username: string };

const HOUR = 3_600_000;

/**
 * What express-session asks of it in a request that changes nothing: the session before the handler, a later end after it.
 * Version 8 is the last that takes both drivers; these two of its steps are those of version 9.
 */
export async function connectRedis(client: RedisClient, users: readonly string[]): Promise<SessionKeeper> {
  const store = new RedisStore({ client });
  const credentials = users.map(() => randomBytes(24).toString('base64url'));
  await inFlight(64, users.entries(), async ([number, username]) => {
    await store.set(credentials[number]!, sessionOf(username));
    return true;
  });
  return {
    name: 'connect-redis, get + touch',
    credentials,
    async visit(id) {
      const session = (await store.get(id)) as UserSession | null;
      if (session === null) return undefined;
      await store.touch(id, session);
      return session.username;
    },
    leave: (id) => store.destroy(id),
  };
}

/** As express-session writes its cookie. */
function sessionOf(username: string): UserSession {
  const cookie = {
    originalMaxAge: 2 * HOUR,
    expires: new Date(Date.now() + 2 * HOUR),
    httpOnly: true,
    path: '/',
  };
  return { cookie, username };
}
