import { RedisApiTokenStore } from '../../../src/stores/redis/redis-api-token.store.js';
import type { RedisClient } from '../../../src/stores/redis/redis-client.js';
import { RedisSessionStore } from '../../../src/stores/redis/redis-session.store.js';
import { SILENT } from '../../../src/testing/silent-logger.js';
import type { Backend, Connection } from '../shared/backend.js';
import type { WorkerKind } from '../shared/store-workers.js';
import { alteredClient } from './altered-client.js';
import { CLIENTS, type ConnectedClient } from './clients.js';
import { RedisServer } from './redis-server.js';

/** Later than any test goes. */
const NEVER = 1e15;

/** Redis by the driver and protocol that reach it. */
export const REDIS: Readonly<Record<string, Backend>> = Object.fromEntries(
  Object.entries(CLIENTS).map(([name, connect]) => [
    name,
    {
      start: (durable = false) =>
        RedisServer.start(...(durable ? ['--appendonly', 'yes', '--appendfsync', 'always'] : [])),
      connect: async (port: number) => connectionOver(await connect(port)),
    },
  ]),
);

/** The way to a server that a client has. */
export function connectionOver({ client, end }: ConnectedClient): Connection {
  return {
    storesOf: (namespace, options = {}) => {
      const given = { namespace, logger: SILENT, ...options };
      const store = new RedisSessionStore(client, given);
      return Promise.resolve({ store, apiTokenStore: new RedisApiTokenStore(client, given) });
    },
    altered: (alter) => {
      const altered: RedisClient = alteredClient(client, (step, given) =>
        alter({
          bearsDeadline: given.some((each, place) => withoutDeadline(each, place, given) !== each),
          run: () => step(...given),
          runWithoutDeadline: () => step(...given.map(withoutDeadline)),
        }),
      );
      return connectionOver({ client: altered, end });
    },
    end,
  };
}

/** What a worker asks for its stores. */
export function redisWorker(driver: 'ioredis' | 'node-redis', port: number): WorkerKind {
  return { stores: STORES, arguments: [driver, String(port)] };
}

const STORES = `
import { Redis } from 'ioredis';
import { createClient } from 'redis';
import { RedisSessionStore } from './stores/redis/redis-session.store.js';
import { RedisApiTokenStore } from './stores/redis/redis-api-token.store.js';

const [driver, port] = process.argv.slice(2);
export const client =
  driver === 'ioredis'
    ? new Redis({ port: Number(port), host: '127.0.0.1' }).on('error', () => {})
    : await createClient({ socket: { port: Number(port), host: '127.0.0.1' } }).on('error', () => {}).connect();

export function storesOf(namespace, options) {
  const given = { namespace, ...options };
  return { store: new RedisSessionStore(client, given), apiTokenStore: new RedisApiTokenStore(client, given) };
}
`;

/** A deadline is the third argument, and a time; ioredis has the arguments behind the keys. */
function withoutDeadline(each: unknown, place: number, [, keys]: readonly unknown[]): unknown {
  if (typeof keys === 'number') return place === 2 + keys + 2 && isDeadline(each) ? NEVER : each;
  if (place !== 1) return each;
  const { arguments: given, ...others } = each as { readonly arguments: readonly string[] };
  if (!isDeadline(given[2])) return each;
  return { ...others, arguments: given.map((argument, index) => (index === 2 ? String(NEVER) : argument)) };
}

function isDeadline(argument: unknown): boolean {
  return Number(argument) > Date.UTC(2020);
}
