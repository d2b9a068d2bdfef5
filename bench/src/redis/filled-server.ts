import type { RedisSessionStore } from 'nestjs-session-manager/redis';
import { fill, sessionsFrom } from '../workload/redis-sessions.js';
import { thisSecond } from '../workload/session-records.js';
import { connect } from './connect.js';
import { RedisServer } from './redis-server.js';
import { redisStore } from './stores.js';

/** A server with as many sessions, each another user's. */
export interface FilledServer {
  readonly server: RedisServer;
  readonly store: RedisSessionStore;
  /** How many there are. */
  readonly sessions: number;
  /** Of the sessions that are there, the oldest first. */
  readonly ids: Set<string>;
  stop(): void;
}

export async function filledServer(sessions: number): Promise<FilledServer> {
  const server = await RedisServer.start();
  const { client, end } = await connect('ioredis', server.port);
  const store = redisStore(client);
  const ids = new Set<string>();
  const filled = await fill(store, noted(sessionsFrom(thisSecond(), sessions), ids));
  if (filled !== sessions) throw new Error(`${filled} of ${sessions} sessions could be made`);
  const stop = () => {
    end();
    server.stop();
  };
  return { server, store, sessions, ids, stop };
}

function* noted<T extends { readonly id: string }>(records: Iterable<T>, ids: Set<string>): Iterable<T> {
  for (const record of records) {
    ids.add(record.id);
    yield record;
  }
}
