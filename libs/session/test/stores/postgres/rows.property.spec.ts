import { beforeAll, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Pool } from 'pg';
import { isUsername } from '../../../src/core/session.js';
import { apiTokenOf, rowOfApiToken, tokenColumns } from '../../../src/stores/postgres/api-token-row.js';
import { ensureSchema } from '../../../src/stores/postgres/ensure-schema.js';
import type { Row } from '../../../src/stores/postgres/postgres-client.js';
import { inSchema } from '../../../src/stores/postgres/schema/schema-sql.js';
import {
  activeColumns,
  activeSessionOf,
  columns,
  membersText,
  rowOf,
  sessionOf,
} from '../../../src/stores/postgres/session-row.js';
import { anyApiToken, anySession, saidBy } from '../remote/any-record.js';
import { describeWithPostgres, withPostgres } from './postgres-server.js';

/** Beyond that year a text of a time has more digits. */
const LAST = Date.UTC(9999, 11, 31);

describeWithPostgres('rows', () => {
  const server = withPostgres();
  let pool: Pool;
  beforeAll(async () => {
    pool = server().pool({ max: 1 });
    await ensureSchema(pool);
  });

  /** What a statement reads of a row that was made of that text. */
  async function through(table: string, selected: string, written: string): Promise<Row> {
    const text = `SELECT ${selected} FROM jsonb_populate_record(NULL::%S.${table}, $1) r`;
    const { rows } = await pool.query<Row>(inSchema(text, 'nsm'), [written]);
    return rows[0]!;
  }

  it('of sessions say all that their records say, members included that this version does not know', () =>
    fc.assert(
      fc.asyncProperty(anySession, async (given) => {
        const row = await through('sessions', columns('r'), rowOf(given));
        expect(saidBy(sessionOf(row))).toEqual(saidBy(given));
      }),
      { numRuns: 300 },
    ));

  it('of sessions are read without their details, as an access answers them', () =>
    fc.assert(
      fc.asyncProperty(anySession, async (given) => {
        const { details: _details, attempt: _attempt, ...expected } = given;
        const row = await through('sessions', activeColumns('r'), rowOf(given));
        expect(saidBy(activeSessionOf(row))).toEqual(saidBy(expected));
      }),
    ));

  it('of sessions know their owner by the name that they are asked for by', async () => {
    const strange = [
      'alice',
      'a\ufdd0',
      '\ufdd00000',
      'räume “3”',
      '\u{1f600}',
      "o'hara; --",
      '\ufffd',
      '\ufeffa',
    ];
    for (const username of strange.filter(isUsername)) {
      const [given] = fc.sample(anySession, { numRuns: 1, seed: 1 });
      const row = await through('sessions', 'r.username', rowOf({ ...given!, username }));
      expect(row['username']).toBe(username);
    }
  });

  it('of API tokens say all that their records say', () =>
    fc.assert(
      fc.asyncProperty(anyApiToken, async (any) => {
        const times = [any.issuedAt, any.expiresAt, any.lastAccessed];
        fc.pre(times.every((time = 0) => time <= LAST));
        // A name is no document: what SQL does not take is refused where it is given.
        const given = {
          ...any,
          jti: named(any.jti),
          ...('username' in any && { username: named(any.username) }),
        };
        const row = await through('api_tokens', tokenColumns('r'), rowOfApiToken(given));
        expect(saidBy(apiTokenOf(row))).toEqual(saidBy(given));
      }),
      { numRuns: 300 },
    ));

  it('have nothing where there are no members', () => {
    expect([membersText(undefined), membersText({})]).toEqual([null, null]);
  });
});

function named(text = ''): string {
  return isUsername(text) ? text : 'ci';
}
