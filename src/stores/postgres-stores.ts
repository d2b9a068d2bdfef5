import { Logger } from '@nestjs/common';
import type { Pool } from 'pg';
import type { StoreChoice } from '../config/app-config.js';
import type { SessionStores } from './session-stores.js';

type PostgresChoice = Extract<StoreChoice, { kind: 'redis' | 'postgres' }>;

/** Milliseconds after which a server that was away is asked again for the schema. */
const ASK_AGAIN_AFTER = 1000;

/** Stores in a PostgreSQL database, over a pool of ours. Makes their schema, as soon as the server is there. */
export async function openPostgresStores({ url, timeout }: PostgresChoice): Promise<SessionStores> {
  const { default: pg } = await import('pg');
  const { PostgresApiTokenStore, PostgresSessionStore } = await import('nestjs-session-manager/postgres');
  const logger = new Logger('PostgreSQL');
  const pool = new pg.Pool({ connectionString: url, connectionTimeoutMillis: 2000 });
  // Without a listener the first lost connection would end the process.
  pool.on('error', (error) => logger.warn(error.message));
  const stop = await untilSchemaIsMade(pool, logger);
  const options = { logger, timeout };
  return {
    store: new PostgresSessionStore(pool, options),
    apiTokenStore: new PostgresApiTokenStore(pool, options),
    close: () => {
      stop();
      pool.end().catch(() => undefined);
    },
  };
}

/** @throws whatever the server answers, such as that the role may make no schema. */
async function untilSchemaIsMade(pool: Pool, logger: Logger): Promise<() => void> {
  if (await makeSchema(pool, logger)) return () => undefined;
  const timer = setInterval(() => {
    makeSchema(pool, logger).then(
      (isMade) => isMade && clearInterval(timer),
      (error: unknown) => logger.error(`The schema cannot be made: ${String(error)}`),
    );
  }, ASK_AGAIN_AFTER).unref();
  return () => clearInterval(timer);
}

/** Whether the schema is there now; not so where the server is away. */
async function makeSchema(pool: Pool, logger: Logger): Promise<boolean> {
  const { ensureSchema } = await import('nestjs-session-manager/postgres');
  try {
    await ensureSchema(pool);
    return true;
  } catch (error) {
    // What the server answers will not be another answer in a moment.
    if (error instanceof Error && 'severity' in error) throw error;
    logger.warn(`The schema is made once the server is there: ${String(error)}`);
    return false;
  }
}
