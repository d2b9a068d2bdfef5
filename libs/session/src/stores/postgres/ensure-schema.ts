import {
  checkPool,
  lacksSchema,
  withClient,
  type PostgresPool,
  type PostgresPoolClient,
} from './postgres-client.js';
import { checkSchema } from './postgres-options.js';
import { inSchema, migration, SCHEMA_VERSION } from './schema/schema-sql.js';

/** How the schema is made. */
export interface SchemaOptions {
  /** Its name, as the stores have it. Default: `'nsm'`. */
  readonly schema?: string;
  /**
   * Whether what is kept of sessions is written past the write-ahead log, where it is created: cheaper, not replicated, and
   * **empty after a crash of the server**, which logs everybody out. API tokens are logged all the same. Default: `false`.
   */
  readonly unlogged?: boolean;
}

/** Of all who do this at once, in any database of the server, one after the other. */
const LOCK = `SELECT pg_advisory_xact_lock(hashtext('nestjs-session-manager'), hashtext($1))`;

/**
 * Makes the schema that the stores need, or brings it up to their version, in one transaction; does nothing where that is
 * done. A role that may do it is needed here alone. What it runs is `schema.sql` in this package.
 *
 * @throws SessionConfigurationError for what is no pool of `pg`, and for an option out of its range.
 */
export async function ensureSchema(
  pool: PostgresPool,
  { schema, unlogged = false }: SchemaOptions = {},
): Promise<void> {
  const name = checkSchema(schema);
  await withClient(checkPool(pool), async (client) => {
    if ((await versionOf(client, name)) >= SCHEMA_VERSION) return;
    await client.query({ text: 'BEGIN' });
    await client.query({ text: LOCK, values: [name] });
    const version = await versionInTransaction(client, name);
    if (version < SCHEMA_VERSION) await client.query({ text: migration(name, version, unlogged) });
    await client.query({ text: 'COMMIT' });
  });
}

/** 0 where there is nothing of ours. */
async function versionOf(client: PostgresPoolClient, schema: string): Promise<number> {
  try {
    const { rows } = await client.query({ text: inSchema('SELECT version FROM %S.about', schema) });
    return Number(rows[0]?.['version'] ?? 0);
  } catch (error) {
    if (lacksSchema(error)) return 0;
    throw error;
  }
}

/** The same where an error would end the transaction, and as it is now, by the catalogue and not by what was cached of it. */
async function versionInTransaction(client: PostgresPoolClient, schema: string): Promise<number> {
  const { rows } = await client.query({
    text: `SELECT FROM pg_tables t WHERE t.schemaname = $1 AND t.tablename = 'about'`,
    values: [schema],
  });
  return rows.length === 0 ? 0 : versionOf(client, schema);
}
