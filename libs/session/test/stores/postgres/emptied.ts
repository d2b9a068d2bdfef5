import type { Pool } from 'pg';

/** Takes all out of the schema, as it was when it was made. */
export async function emptied(pool: Pool, schema = 'nsm'): Promise<void> {
  const tables = [
    'sessions',
    'lapses',
    'tallies',
    'fronts',
    'endings',
    'api_tokens',
    'revoked_api_tokens',
    'cut_offs',
  ].map((table) => `"${schema}".${table}`);
  await pool.query(
    `${tables.map((table) => `DELETE FROM ${table};`).join('')}
     UPDATE "${schema}".about SET era = 0, tokens_era = 0; ALTER SEQUENCE "${schema}".turns RESTART;`,
  );
}
