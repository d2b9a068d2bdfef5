import type { SessionManager } from 'nestjs-session-manager';
import { opaqueManager, ours } from '../contestants/ours.js';
import { acceptAll, presentedWith } from '../contestants/token-verifier.js';
import { scaled, type Contestant, type Scenario } from '../harness/contest.js';
import { connect } from '../redis/connect.js';
import { missingRedis } from '../redis/redis-program.js';
import { RedisServer } from '../redis/redis-server.js';
import { redisStore } from '../redis/stores.js';
import { FreshHeaders } from '../workload/fresh-headers.js';
import { accessTokens } from '../workload/logins.js';

const TOKENS = 1_000;
/** The longest that a store takes, since a scenario is no outage. */
const NEAR = { max: TOKENS, maxStaleness: 60_000 };

export const redisNearCache: Scenario = {
  name: 'redis-near-cache',
  operation: `validate one of ${TOKENS} opaque tokens, each presented again and again, by what is near this process`,
  missing: missingRedis,
  async open(effort) {
    const operations = scaled(10_000, effort);
    const server = await RedisServer.start();
    const { client, end } = await connect('ioredis', server.port);
    const store = redisStore(client, { nearCache: NEAR });
    const near = await presented('Redis store, near cache', await opaqueManager({ store }), operations);
    return {
      operations,
      contestants: [
        await presented('memory store', await opaqueManager(), operations),
        asHits(near, () => store.stats().misses),
      ],
      close: () => {
        store.close();
        end();
        server.stop();
      },
    };
  },
};

/** Each token has been presented, so that its session is near where anything is. */
async function presented(name: string, manager: SessionManager, operations: number): Promise<Contestant> {
  const tokens = await accessTokens(manager, TOKENS);
  for (const token of tokens) await manager.validateSession(token);
  const headers = new FreshHeaders(tokens);
  return { ...presentedWith(headers, operations, acceptAll)(ours(manager)), name };
}

/** A round that asked the server is none. */
function asHits(contestant: Contestant, misses: () => number): Contestant {
  return {
    ...contestant,
    prepare: async (round) => {
      const run = await contestant.prepare(round);
      return async () => {
        const before = misses();
        return (await run()) - (misses() - before);
      };
    },
  };
}
