import { connectRedis } from '../contestants/connect-redis.js';
import { oursOnRedis } from '../contestants/ours-on-redis.js';
import type { SessionKeeper } from '../contestants/session-keeper.js';
import { scaled, type Contest, type Contestant, type Meter, type Scenario } from '../harness/contest.js';
import { Latencies } from '../harness/latencies.js';
import { wallTime } from '../harness/wall-time.js';
import { connect, type Driver } from '../redis/connect.js';
import { farFrom } from '../redis/far.js';
import { missingRedis } from '../redis/redis-program.js';
import { RedisServer } from '../redis/redis-server.js';
import { FreshHeaders } from '../workload/fresh-headers.js';
import { inFlight } from '../workload/in-flight.js';
import { proveLeaving } from '../workload/keeper-proofs.js';
import { username } from '../workload/signing.js';

const ROUNDS = 20;
const NEAR = 2_000;
const FAR = 200;
const BUSY = 5_000;
const AT_ONCE = 64;
/** Milliseconds each way. */
const DELAY = 1;

/** One request after the other, on this machine. */
export function redisValidate(driver: Driver): Scenario {
  return {
    name: `redis-validate-${driver}`,
    operation: `validate a session on Redis over ${driver}, one in flight`,
    missing: missingRedis,
    async open(effort) {
      const server = await RedisServer.start();
      return oneInFlight(await duel(driver, server.port, scaled(NEAR, effort)), () => server.stop());
    },
  };
}

/** The same where the way to the server is what takes time. */
export function redisValidateFar(driver: Driver): Scenario {
  return {
    name: `redis-validate-far-${driver}`,
    operation: `validate a session on Redis over ${driver}, one in flight, ${DELAY} ms each way`,
    missing: missingRedis,
    async open(effort) {
      const server = await RedisServer.start();
      const way = await farFrom(server.port, DELAY);
      return oneInFlight(await duel(driver, way.port, scaled(FAR, effort)), () => {
        way.close();
        server.stop();
      });
    },
  };
}

/** As many requests at once as keep both sides at work: the time for each is the inverse of the throughput. */
export function redisValidateBusy(driver: Driver): Scenario {
  return {
    name: `redis-validate-busy-${driver}`,
    operation: `validate a session on Redis over ${driver}, ${AT_ONCE} in flight`,
    missing: missingRedis,
    async open(effort) {
      const server = await RedisServer.start();
      const { keepers, users, end } = await duel(driver, server.port, scaled(BUSY, effort));
      const entered = (keeper: SessionKeeper, what: string, meter: Meter): Contestant =>
        visited(keeper, users, { name: `${keeper.name}${what}`, meter }, (visits, visit) =>
          inFlight(AT_ONCE, visits, visit),
        );
      return {
        operations: users.length,
        unit: 'µs per operation',
        rounds: ROUNDS,
        contestants: [
          ...keepers.map((keeper) => entered(keeper, '', wallTime)),
          ...keepers.map((keeper) => entered(keeper, ', CPU of the server', server.cpuTime)),
        ],
        close: () => {
          end();
          server.stop();
        },
      };
    },
  };
}

/** Two who keep sessions of the same users, over one client. */
interface Duel {
  readonly keepers: readonly SessionKeeper[];
  readonly users: readonly string[];
  readonly trip: () => Promise<boolean>;
  readonly end: () => void;
}

/** Each user is asked for once in a round, so that nearly every access is the first of its session in that second. */
async function duel(driver: Driver, port: number, operations: number): Promise<Duel> {
  const { client, end } = await connect(driver, port);
  const users = Array.from({ length: operations + 1 }, (_, number) => username(number));
  const keepers = [await oursOnRedis(client, users), await connectRedis(client, users)];
  for (const keeper of keepers) await proveLeaving(keeper, users);
  const trip = async () => (await client.get('nothing')) === null;
  return { keepers, users: users.slice(0, -1), trip, end };
}

function oneInFlight({ keepers, users, trip, end }: Duel, close: () => void): Contest {
  const latencies = new Latencies();
  const meter = latencies.noLongerThan(0.5);
  return {
    operations: users.length,
    unit: 'µs, median',
    rounds: ROUNDS,
    contestants: [
      ...keepers.map((keeper) =>
        visited(keeper, users, { name: keeper.name, meter }, (visits, visit) =>
          latencies.oneByOne(visits, visit),
        ),
      ),
      { name: 'one GET of nothing', meter, prepare: () => () => latencies.oneByOne(users, trip) },
    ],
    close: () => {
      end();
      close();
    },
  };
}

interface Visit {
  readonly credential: string;
  readonly user: string;
}

/** A keeper is asked for the session of each user, whose credential comes in a header made anew. */
function visited(
  keeper: SessionKeeper,
  users: readonly string[],
  entry: Pick<Contestant, 'name' | 'meter'>,
  play: (visits: readonly Visit[], visit: (visit: Visit) => Promise<boolean>) => Promise<number>,
): Contestant {
  const headers = new FreshHeaders(keeper.credentials);
  const visit = async ({ credential, user }: Visit) => (await keeper.visit(credential)) === user;
  return {
    ...entry,
    prepare: () => {
      const credentials = headers.tokens(0, users.length);
      const visits = users.map((user, number) => ({ user, credential: credentials[number]! }));
      return () => play(visits, visit);
    },
  };
}
