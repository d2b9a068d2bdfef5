import type { CreateResult, CreateRules } from 'nestjs-session-manager';
import { scaled, type Contestant, type Effort, type Scenario } from '../harness/contest.js';
import { filledServer, type FilledServer } from '../redis/filled-server.js';
import { missingRedis } from '../redis/redis-program.js';
import { inFlight } from '../workload/in-flight.js';
import { sessionRecord, thisSecond, UNLIMITED } from '../workload/session-records.js';
import { username } from '../workload/signing.js';

const FEW = 10_000;
const AT_ONCE = 64;
const HOUR = 3600;

/** Makes ready the operations of a round; each answers whether it ended as it should. */
type Verb = (filled: FilledServer, operations: number) => (number: number) => Promise<boolean>;

const VERBS: Readonly<Record<string, Verb>> = {
  access,
  'refused login': refusedLogin,
  'evicting login': evictingLogin,
  count,
};

/** `--sessions 1000000` has a million where there are many. */
export const redisGrowth: Scenario = {
  name: 'redis-growth',
  operation: `ask a Redis server that has few sessions, or many, over ioredis, ${AT_ONCE} in flight`,
  missing: missingRedis,
  async open(effort) {
    const operations = scaled(2_000, effort);
    const servers = await filledServers(effort);
    return {
      operations,
      unit: 'µs of server CPU',
      rounds: 20,
      contestants: Object.entries(VERBS).flatMap(([name, verb]) =>
        servers.map((filled, place) => ({
          ...asked(name, filled, verb, operations),
          leads: place === 0,
        })),
      ),
      close: () => {
        for (const filled of servers) filled.stop();
      },
    };
  },
};

async function filledServers({ sessions }: Effort): Promise<FilledServer[]> {
  return [await filledServer(Math.min(FEW, sessions / 10)), await filledServer(sessions)];
}

function asked(name: string, filled: FilledServer, verb: Verb, operations: number): Contestant {
  return {
    name: `${name}, ${filled.sessions.toLocaleString('en')} sessions`,
    meter: filled.server.cpuTime,
    prepare: () => {
      const perform = verb(filled, operations);
      return () => inFlight(AT_ONCE, Array(operations).keys(), perform);
    },
  };
}

/** As many sessions on every server, spread over all of its: else more of few would have been used in the same second. */
function access({ store, ids }: FilledServer, operations: number): (number: number) => Promise<boolean> {
  const all = [...ids];
  return async (number) => {
    const id = all[Math.floor((number * all.length) / operations)]!;
    return (await store.access(id, 0, Date.now())) !== undefined;
  };
}

function refusedLogin(filled: FilledServer): (number: number) => Promise<boolean> {
  return async (number) => (await login(filled, number, 'reject')).outcome === 'limit-reached';
}

/** The session that goes is the one that was made first. */
function evictingLogin(filled: FilledServer): (number: number) => Promise<boolean> {
  const { ids } = filled;
  return async (number) => {
    const result = await login(filled, number, 'evict-oldest');
    return result.outcome === 'created' && result.evicted.length === 1 && ids.delete(result.evicted[0]!.id);
  };
}

function count({ store, ids }: FilledServer): () => Promise<boolean> {
  return async () => (await store.count(Date.now())) === ids.size;
}

/** Of a user who has had none when the server was filled. */
async function login(
  { store, ids, sessions: max }: FilledServer,
  number: number,
  onLimit: CreateRules['onLimit'],
): Promise<CreateResult> {
  const now = thisSecond();
  const record = sessionRecord(username(max + number), now, 2 * HOUR);
  const rules: CreateRules = { ...UNLIMITED, max, onLimit };
  const result = await store.create(record, rules, now);
  if (result.outcome === 'created') ids.add(record.id);
  return result;
}
