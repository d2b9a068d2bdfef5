import { setTimeout } from 'node:timers/promises';
import type { SessionRecord } from 'nestjs-session-manager';
import type { RedisSessionStore } from 'nestjs-session-manager/redis';
import type { Scenario } from '../harness/contest.js';
import { Latencies } from '../harness/latencies.js';
import { connect } from '../redis/connect.js';
import { missingRedis } from '../redis/redis-program.js';
import { RedisServer } from '../redis/redis-server.js';
import { ReplicaProcess } from '../redis/replica-process.js';
import { redisStore } from '../redis/stores.js';
import { fill, sessionsFrom } from '../workload/redis-sessions.js';
import { sessionRecord, thisSecond } from '../workload/session-records.js';

const REPLICAS = 8;
const ROUNDS = 6;
/** Seconds. */
const HOUR = 3600;
/** Milliseconds between two accesses: the figure is that of a request, and not of a load. */
const PACE = 1;

/** `--sessions 1000000` has a million to free; of each two hundred one is accessed in a round, which ends before all are freed. */
export const redisCleanUp: Scenario = {
  name: 'redis-clean-up',
  operation: `access a session on Redis, while ${REPLICAS} processes free those that have lapsed`,
  missing: missingRedis,
  async open({ sessions }) {
    const operations = sessions / 200;
    const server = await RedisServer.start();
    const { client, end } = await connect('ioredis', server.port);
    const store = redisStore(client);
    await fill(store, lapsed(sessions));
    const live = [...sessionsFrom(thisSecond(), operations)];
    await fill(store, live);
    const replicas = await Promise.all(
      Array.from({ length: REPLICAS }, () => ReplicaProcess.start(server.port)),
    );
    const crew = new Crew(replicas, sessions);
    const latencies = new Latencies();
    const meter = latencies.noLongerThan(0.99);
    const accesses = () => paced(latencies, store, live);
    return {
      operations,
      unit: 'µs, 99 of 100',
      rounds: ROUNDS,
      contestants: [
        { name: 'nobody cleans', meter, prepare: () => accesses },
        {
          name: `${REPLICAS} processes clean`,
          meter,
          prepare: async () => {
            await crew.clean();
            return async () => {
              const succeeded = await accesses();
              await crew.rest();
              return succeeded;
            };
          },
        },
      ],
      close: () => {
        for (const replica of replicas) replica.stop();
        end();
        server.stop();
      },
    };
  },
};

/** Those who clean up, and how much there is left for them. */
class Crew {
  readonly #replicas: readonly ReplicaProcess[];
  #left: number;

  constructor(replicas: readonly ReplicaProcess[], lapsed: number) {
    this.#replicas = replicas;
    this.#left = lapsed;
  }

  async clean(): Promise<void> {
    for (const replica of this.#replicas) replica.ask({ order: 'clean' });
    await Promise.all(this.#replicas.map((replica) => replica.told('cleaning')));
  }

  /** @throws Error where nobody was at work all the time, for want of any. */
  async rest(): Promise<void> {
    for (const replica of this.#replicas) replica.ask({ order: 'rest' });
    const rested = await Promise.all(this.#replicas.map((replica) => replica.told('resting')));
    const removed = rested.reduce((sum, each) => sum + each.removed, 0);
    this.#left -= removed;
    if (removed === 0 || this.#left <= 0)
      throw new Error(`${removed} sessions were freed, ${this.#left} are left`);
  }
}

/** Of users whose sessions were over an hour ago, and who have none; the server has not looked since. */
function* lapsed(sessions: number): Iterable<SessionRecord> {
  const then = thisSecond() - 2 * HOUR * 1000;
  for (let number = 0; number < sessions; number++) yield sessionRecord(`gone-${number}`, then, HOUR);
}

async function paced(
  latencies: Latencies,
  store: RedisSessionStore,
  sessions: readonly SessionRecord[],
): Promise<number> {
  let succeeded = 0;
  for (const { id } of sessions) {
    const session = await latencies.timed(async () => store.access(id, 0, Date.now()));
    if (session !== undefined) succeeded++;
    await setTimeout(PACE);
  }
  return succeeded;
}
