import type { SessionRecord, SessionStore } from 'nestjs-session-manager';
import { connectRedis } from '../contestants/connect-redis.js';
import { scaled, type Contestant, type Scenario } from '../harness/contest.js';
import { connect } from '../redis/connect.js';
import { missingRedis } from '../redis/redis-program.js';
import { RedisServer } from '../redis/redis-server.js';
import { redisStore } from '../redis/stores.js';
import { inFlight } from '../workload/in-flight.js';
import { fill, sessionsFrom } from '../workload/redis-sessions.js';
import { thisSecond } from '../workload/session-records.js';
import { username } from '../workload/signing.js';

const AT_ONCE = 64;
/** Of these each is accessed so often that hardly an access is the first of its second. */
const BUSY_SESSIONS = 50;

/** node-redis sends what begins at once in one piece, so that the server's time is that of commands, and not of the network. */
export const redisServerCpu: Scenario = {
  name: 'redis-server-cpu',
  operation: `access a session on Redis over node-redis, ${AT_ONCE} in flight`,
  missing: missingRedis,
  async open(effort) {
    const operations = scaled(10_000, effort);
    const server = await RedisServer.start();
    const { client, end } = await connect('node-redis', server.port);
    const store = redisStore(client);
    const records = [...sessionsFrom(thisSecond(), operations + BUSY_SESSIONS)];
    await fill(store, records);
    const busy = records.splice(0, BUSY_SESSIONS);
    const peer = await connectRedis(
      client,
      Array.from({ length: operations }, (_, number) => username(number)),
    );
    const entered = <T>(
      name: string,
      items: readonly T[],
      perform: (item: T) => Promise<boolean>,
    ): Contestant => ({
      name,
      meter: server.cpuTime,
      prepare: () => () => inFlight(AT_ONCE, items, perform),
    });
    const again = Array.from({ length: operations }, (_, number) => busy[number % BUSY_SESSIONS]!);
    return {
      operations,
      unit: 'µs of server CPU',
      rounds: 20,
      contestants: [
        entered('one GET', peer.credentials, async (id) => (await client.get(`sess:${id}`)) !== null),
        entered('nestjs-session-manager, first in its second', records, accessed(store)),
        entered('nestjs-session-manager, again in its second', again, accessed(store)),
        entered(peer.name, peer.credentials, async (id) => (await peer.visit(id)) !== undefined),
      ],
      close: () => {
        end();
        server.stop();
      },
    };
  },
};

function accessed(store: SessionStore): (record: SessionRecord) => Promise<boolean> {
  return async ({ id, username }) => (await store.access(id, 0, Date.now()))?.username === username;
}
