import { SessionConfigurationError } from '../../core/errors.js';
import type { SessionLogger } from '../../core/logger.js';
import { withClient, type PostgresPool, type PostgresPoolClient } from './postgres-client.js';

/** What was found of each pool, so that the stores over one do not look at it side by side: that takes two of its clients. */
const LOOKS = new WeakMap<PostgresPool, Promise<void>>();

/** The fewest connections with which two stores can hear the news of others and still work. */
const FEWEST = 4;

/**
 * Looks at how the server is set up, and warns of what would lose sessions, or the process; once for all stores over a pool.
 *
 * @throws SessionConfigurationError for what no store can work with.
 */
export async function checkServer(pool: PostgresPool, logger: SessionLogger): Promise<void> {
  const look = LOOKS.get(pool) ?? lookAt(pool, logger);
  LOOKS.set(pool, look);
  try {
    await look;
  } catch (error) {
    // It may be there the next time.
    LOOKS.delete(pool);
    throw error;
  }
}

async function lookAt(pool: PostgresPool, logger: SessionLogger): Promise<void> {
  checkListener(pool, logger);
  checkSize(pool, logger);
  const { rows } = await pool.query({
    text: `SELECT current_setting('server_version_num') AS version, current_setting('server_encoding') AS encoding,
      current_setting('default_transaction_isolation') AS isolation, pg_is_in_recovery()::integer AS replica`,
  });
  const { version, encoding, isolation, replica } = rows[0] as Record<string, string>;
  if (Number(version) < 130_000) {
    logger.warn(
      `The PostgreSQL server is of version ${Number(version) / 10_000}; this was made for 13 and later`,
    );
  }
  if (encoding !== 'UTF8') {
    throw new SessionConfigurationError(`pool: expected a database with the encoding UTF8, got ${encoding}`);
  }
  if (isolation !== 'read committed') {
    throw new SessionConfigurationError(
      `pool: expected connections with default_transaction_isolation read committed, got ${isolation}; a limit would be ` +
        'judged by what has changed meanwhile',
    );
  }
  if (Number(replica) === 1) {
    logger.error(
      'The PostgreSQL server is a replica that may only be read; sessions need one that can be written',
    );
  }
  await checkPooler(pool);
}

/** An idle connection that is lost is an error of the pool, and without a listener the end of the process. */
function checkListener(pool: PostgresPool, logger: SessionLogger): void {
  const { listenerCount } = pool as { listenerCount?: (event: string) => number };
  if (listenerCount?.call(pool, 'error') !== 0) return;
  logger.warn(
    "The pool has no listener of 'error': the first lost connection ends this process. Give it one: " +
      "pool.on('error', (error) => logger.error(error))",
  );
}

function checkSize(pool: PostgresPool, logger: SessionLogger): void {
  const size = sizeOf(pool);
  if (size === undefined || size >= FEWEST) return;
  logger.warn(
    `The pool has ${size} connections, of which each store takes one for the news of other processes: give it a max of ` +
      `${FEWEST} or more`,
  );
}

/**
 * PgBouncer, or another pooler, that lends a connection for a transaction alone: named statements and LISTEN would be lost
 * there. It shows when somebody else takes the connection that a client of ours had a moment before.
 *
 * @throws SessionConfigurationError behind one.
 */
async function checkPooler(pool: PostgresPool): Promise<void> {
  if (sizeOf(pool) === 1) return;
  const [before, after] = await withClient(pool, async (first) => {
    const before = await processOf(first);
    return withClient(pool, async (second) => {
      await second.query({ text: 'BEGIN' });
      await processOf(second);
      const after = await processOf(first);
      await second.query({ text: 'ROLLBACK' });
      return [before, after];
    });
  });
  if (before === after) return;
  throw new SessionConfigurationError(
    'pool: expected connections of its own, got a pooler that lends one for a transaction alone (PgBouncer with pool_mode ' +
      'transaction), where prepared statements and LISTEN are lost; connect to the server, or use pool_mode session',
  );
}

async function processOf(client: PostgresPoolClient): Promise<unknown> {
  return (await client.query({ text: 'SELECT pg_backend_pid() AS pid' })).rows[0]?.['pid'];
}

/** How many connections the pool has at most, as far as it tells. */
function sizeOf(pool: PostgresPool): number | undefined {
  return (pool as { options?: { max?: number } }).options?.max;
}
