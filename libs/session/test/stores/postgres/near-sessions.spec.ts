import { beforeAll, describe } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { Pool } from 'pg';
import { ensureSchema } from '../../../src/stores/postgres/ensure-schema.js';
import { PostgresSessionStore } from '../../../src/stores/postgres/postgres-session.store.js';
import { SILENT } from '../../../src/testing/silent-logger.js';
import { nearBesideAnother } from '../shared/near-sessions.suite.js';
import { describeWithPostgres, withPostgres } from './postgres-server.js';

describeWithPostgres('Sessions in PostgreSQL, kept near who asks for them', () => {
  const server = withPostgres();

  describe('beside another process', () => {
    let pool: Pool;
    beforeAll(() => {
      pool = server().pool();
    });

    nearBesideAnother(async (options, near) => {
      const schema = randomUUID();
      await ensureSchema(pool, { schema });
      const given = { schema, logger: SILENT, ...options };
      const [first, second] = [server().pool({ max: 4 }), server().pool({ max: 4 })];
      return {
        server: server(),
        near: new PostgresSessionStore(first, { ...given, ...near }),
        other: new PostgresSessionStore(second, given),
        takeAway: (id) => pool.query(`DELETE FROM "${schema}".sessions WHERE id = $1`, [id]),
        cutNews: () =>
          pool.query(
            `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%' OR query = 'SELECT 1'`,
          ),
        end: () => {
          for (const each of [first, second]) void each.end();
        },
      };
    });
  });
});
