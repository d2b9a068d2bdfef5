import { SessionConfigurationError } from '../../core/errors.js';
import type { SessionLogger } from '../../core/logger.js';
import type { PostgresPool, PostgresPoolClient } from './postgres-client.js';

/** Looks at how the server is set up, and warns of what would lose sessions, or the process. */
export async function checkServer(
  pool: PostgresPool,
  patience: number,
  logger: SessionLogger,
): Promise<void> {
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
  await checkPooler(pool, patience);
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
  const max = (pool as { options?: { max?: number } }).options?.max;
  if (max === undefined || max > 1) return;
  logger.warn(
    'The pool has one connection, which the news of other processes take: give it a max of 2 or more',
  );
}

/**
 * PgBouncer, or another pooler, that lends a connection for a transaction alone: named statements and LISTEN would be lost
 * there. It shows when somebody else takes the connection that a client of ours had a moment before.
 *
 * @throws SessionConfigurationError behind one.
 */
async function checkPooler(pool: PostgresPool, patience: number): Promise<void> {
  const max = (pool as { options?: { max?: number } }).options?.max;
  if (max === 1) return;
  const clients: PostgresPoolClient[] = [];
  try {
    const first = await lent(pool, patience, clients);
    const before = await processOf(first);
    const second = await lent(pool, patience, clients);
    if (first === undefined || second === undefined) return;
    await second.query({ text: 'BEGIN' });
    await processOf(second);
    const after = await processOf(first);
    await second.query({ text: 'ROLLBACK' });
    if (before === after) return;
  } finally {
    for (const client of clients) client.release();
  }
  throw new SessionConfigurationError(
    'pool: expected connections of its own, got a pooler that lends one for a transaction alone (PgBouncer with pool_mode ' +
      'transaction), where prepared statements and LISTEN are lost; connect to the server, or use pool_mode session',
  );
}

async function processOf(client: PostgresPoolClient | undefined): Promise<unknown> {
  return (await client?.query({ text: 'SELECT pg_backend_pid() AS pid' }))?.rows[0]?.['pid'];
}

/** A client of the pool, if one comes in time; one that comes later is given back. */
async function lent(
  pool: PostgresPool,
  patience: number,
  clients: PostgresPoolClient[],
): Promise<PostgresPoolClient | undefined> {
  let isLate = false;
  let timer: NodeJS.Timeout | undefined;
  const lending = pool.connect().then((client) => {
    if (isLate) client.release();
    else clients.push(client);
    return client;
  });
  const patient = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => {
      isLate = true;
      resolve(undefined);
    }, patience);
  });
  try {
    return await Promise.race([lending, patient]);
  } finally {
    clearTimeout(timer);
  }
}
