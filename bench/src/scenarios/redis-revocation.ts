import type { RedisSessionStore } from 'nestjs-session-manager/redis';
import { scaled, type Round, type Scenario } from '../harness/contest.js';
import { Latencies } from '../harness/latencies.js';
import { connect } from '../redis/connect.js';
import { missingRedis } from '../redis/redis-program.js';
import { RedisServer } from '../redis/redis-server.js';
import { ReplicaProcess } from '../redis/replica-process.js';
import { redisStore } from '../redis/stores.js';
import { fill, sessionsFrom } from '../workload/redis-sessions.js';
import { thisSecond } from '../workload/session-records.js';

const SHARES = { median: 0.5, '99 of 100': 0.99, longest: 1 };

/** From the acknowledgement to the beginning of the first access elsewhere that is refused; 1 where that was earlier. */
export const redisRevocation: Scenario = {
  name: 'redis-revocation',
  operation: 'refuse a session that was near another process, after its revocation here was acknowledged',
  missing: missingRedis,
  async open(effort) {
    const operations = scaled(300, effort);
    const server = await RedisServer.start();
    const { client, end } = await connect('ioredis', server.port);
    const store = redisStore(client);
    const replica = await ReplicaProcess.start(server.port);
    const latencies = new Latencies();
    return {
      operations,
      unit: 'µs',
      rounds: 8,
      contestants: Object.entries(SHARES).map(([name, share]) => ({
        name,
        meter: latencies.noLongerThan(share),
        prepare: () => revocations(store, replica, latencies, operations),
      })),
      close: () => {
        replica.stop();
        end();
        server.stop();
      },
    };
  },
};

async function revocations(
  store: RedisSessionStore,
  replica: ReplicaProcess,
  latencies: Latencies,
  count: number,
): Promise<Round> {
  const records = [...sessionsFrom(thisSecond(), count)];
  await fill(store, records);
  return async () => {
    for (const { id } of records) latencies.note(await lagOf(store, replica, id));
    return count;
  };
}

async function lagOf(store: RedisSessionStore, replica: ReplicaProcess, id: string): Promise<number> {
  replica.ask({ order: 'watch', id });
  await replica.told('near');
  if ((await store.revoke(id, 'revoked', {}, Date.now())) === undefined) throw new Error('Nothing to revoke');
  const acknowledged = Number(process.hrtime.bigint() / 1000n);
  const { at } = await replica.told('refused');
  return Math.max(1, at - acknowledged);
}
