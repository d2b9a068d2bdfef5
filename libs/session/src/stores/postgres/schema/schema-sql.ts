import { API_TOKENS } from './api-tokens.sql.js';
import { SESSIONS } from './sessions.sql.js';
import { TABLES } from './tables.sql.js';
import { TIMES } from './times.sql.js';

/**
 * What was added to the schema by each version, the first one first. One that was published is never changed: another comes
 * after it, and takes nothing away that an older library still asks for.
 */
const MIGRATIONS: readonly string[] = [TABLES + TIMES + SESSIONS + API_TOKENS];

/** The version that this library needs. */
export const SCHEMA_VERSION = MIGRATIONS.length;

/** A name as SQL takes it, whatever letters it has. */
function quoted(schema: string): string {
  return `"${schema}"`;
}

/** The same text for a schema of that name, which was checked: `%S` is its name, `%L` the same as a text, `%ERA` what counts now. */
export function inSchema(text: string, schema: string): string {
  return text
    .replaceAll('%ERA', 'SELECT about.era FROM %S.about')
    .replaceAll('%TOKENS_ERA', 'SELECT about.tokens_era FROM %S.about')
    .replaceAll('%S', quoted(schema))
    .replaceAll('%L', `'${schema}'`);
}

/** What makes a schema of version `from` one of this version; all of it, for nothing. */
export function migration(schema: string, from: number, unlogged: boolean): string {
  const steps = MIGRATIONS.slice(from).map((step) => inSchema(step, schema));
  const begin = from === 0 ? [`CREATE SCHEMA IF NOT EXISTS ${quoted(schema)};\n`] : [];
  const end = `UPDATE ${quoted(schema)}.about SET version = ${SCHEMA_VERSION};\n`;
  return [...begin, ...steps, end]
    .join('')
    .replaceAll('CREATE %U TABLE', unlogged ? 'CREATE UNLOGGED TABLE' : 'CREATE TABLE');
}
