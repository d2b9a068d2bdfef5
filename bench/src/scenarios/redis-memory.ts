import type { SessionRecord } from 'nestjs-session-manager';
import type { Contestant, Scenario } from '../harness/contest.js';
import { connectRedis } from '../contestants/connect-redis.js';
import { connect } from '../redis/connect.js';
import { missingRedis } from '../redis/redis-program.js';
import { RedisServer } from '../redis/redis-server.js';
import { redisStore } from '../redis/stores.js';
import { fill, sessionsFrom } from '../workload/redis-sessions.js';
import { thisSecond } from '../workload/session-records.js';
import { username } from '../workload/signing.js';

/** Of 101 characters, as browsers send them. */
const USER_AGENT =
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/146.0.0.0 Safari/537.36';

/** Of users who have one session each, with names of 41 characters. */
export const redisMemory: Scenario = {
  name: 'redis-memory',
  operation: 'keep a session on Redis, with all that finds it again',
  missing: missingRedis,
  async open({ sessions }) {
    const operations = sessions / 2;
    const server = await RedisServer.start();
    const { client, end } = await connect('ioredis', server.port);
    const store = redisStore(client);
    const entered = (name: string, keep: () => Promise<number>): Contestant => ({
      name,
      meter: server.keptBytesEach,
      prepare: async () => {
        await server.flush();
        return keep;
      },
    });
    const records = () => sessionsFrom(thisSecond(), operations);
    return {
      operations,
      unit: 'bytes per session',
      rounds: 1,
      contestants: [
        entered('nestjs-session-manager', () => fill(store, records())),
        entered('nestjs-session-manager, with a user agent', () => fill(store, withUserAgent(records()))),
        entered('connect-redis, which finds a session by its id alone', async () => {
          const users = Array.from({ length: operations }, (_, number) => username(number));
          return (await connectRedis(client, users)).credentials.length;
        }),
      ],
      close: () => {
        end();
        server.stop();
      },
    };
  },
};

function* withUserAgent(records: Iterable<SessionRecord>): Iterable<SessionRecord> {
  for (const record of records) yield { ...record, details: { userAgent: USER_AGENT } };
}
