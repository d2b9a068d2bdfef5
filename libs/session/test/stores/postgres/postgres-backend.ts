import { Pool } from 'pg';
import { ensureSchema } from '../../../src/stores/postgres/ensure-schema.js';
import { PostgresApiTokenStore } from '../../../src/stores/postgres/postgres-api-token.store.js';
import type { PostgresPool } from '../../../src/stores/postgres/postgres-client.js';
import { PostgresSessionStore } from '../../../src/stores/postgres/postgres-session.store.js';
import { SILENT } from '../../../src/testing/silent-logger.js';
import type { Backend, Connection, Step } from '../shared/backend.js';
import type { WorkerKind } from '../shared/store-workers.js';
import { PostgresServer } from './postgres-server.js';

/** Later than any test goes. */
const NEVER = 1e15;

/** PostgreSQL over a pool of `pg`. A namespace is a schema, which whoever comes first makes. */
export const POSTGRES: Backend = {
  start: (durable = false) => PostgresServer.start(...(durable ? ['fsync=on'] : [])),
  connect: (port) => {
    const pool = new Pool({ host: '127.0.0.1', port, user: 'postgres', database: 'postgres', max: 16 });
    pool.on('error', () => undefined);
    return Promise.resolve(connectionOver(pool));
  },
};

/** The way to a server that a pool has. */
export function connectionOver(pool: Pool, used: PostgresPool = pool): Connection {
  return {
    storesOf: async (namespace, options = {}) => {
      // Where there is a server: a test may take it away before.
      await ensureSchema(pool, { schema: namespace }).catch(() => undefined);
      const given = { schema: namespace, logger: SILENT, ...options };
      return {
        store: new PostgresSessionStore(used, given),
        apiTokenStore: new PostgresApiTokenStore(used, given),
      };
    },
    altered: (alter) => connectionOver(pool, alteredPool(pool, alter)),
    end: () => void pool.end().catch(() => undefined),
  };
}

/** A pool whose steps pass through `alter`, and which is the same in everything else. */
export function alteredPool(pool: Pool, alter: (step: Step) => Promise<unknown>): PostgresPool {
  return new Proxy(pool, {
    get(target, member) {
      const value: unknown = Reflect.get(target, member);
      if (typeof value !== 'function') return value;
      if (member !== 'query') return value.bind(target) as unknown;
      return (query: { name?: string; text: string; values?: unknown[] }) => {
        const bearsDeadline = /\.(create|rotate|api-token-put)$/.test(query.name ?? '');
        return alter({
          bearsDeadline,
          run: () => target.query(query),
          runWithoutDeadline: () => target.query({ ...query, values: query.values!.map(withoutDeadline) }),
        });
      };
    },
  });
}

/** What a worker asks for its stores. */
export function postgresWorker(port: number): WorkerKind {
  return { stores: STORES, arguments: [String(port)] };
}

const STORES = `
import pg from 'pg';
import { ensureSchema } from './stores/postgres/ensure-schema.js';
import { PostgresSessionStore } from './stores/postgres/postgres-session.store.js';
import { PostgresApiTokenStore } from './stores/postgres/postgres-api-token.store.js';

const port = Number(process.argv[2]);
export const client = new pg.Pool({ host: '127.0.0.1', port, user: 'postgres', database: 'postgres', max: 6 });
client.on('error', () => {});

export async function storesOf(namespace, options) {
  await ensureSchema(client, { schema: namespace });
  const given = { schema: namespace, ...options };
  return { store: new PostgresSessionStore(client, given), apiTokenStore: new PostgresApiTokenStore(client, given) };
}
`;

/** Behind the caller's time and how far that may lie ahead. */
function withoutDeadline(value: unknown, place: number, values: readonly unknown[]): unknown {
  return values[place - 1] === 60_000 && Number(value) > Date.UTC(2020) ? NEVER : value;
}
