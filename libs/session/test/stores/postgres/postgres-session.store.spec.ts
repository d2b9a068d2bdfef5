import { beforeAll, expect, it } from '@jest/globals';
import type { Pool } from 'pg';
import { ensureSchema } from '../../../src/stores/postgres/ensure-schema.js';
import { PostgresApiTokenStore } from '../../../src/stores/postgres/postgres-api-token.store.js';
import { PostgresSessionStore } from '../../../src/stores/postgres/postgres-session.store.js';
import { newSession, rotationAt, UNLIMITED } from '../../../src/testing/session-store.contract/fixtures.js';
import { SILENT } from '../../../src/testing/silent-logger.js';
import { describeWithPostgres, withPostgres } from './postgres-server.js';
import { describeSessionsOn } from './session-suites.js';

const NOW = Date.UTC(2026, 0, 1);

describeWithPostgres('PostgresSessionStore', () => {
  const server = withPostgres();
  describeSessionsOn('as any store', server, { seed: 20_261_127, numRuns: 30 });

  describeWithPostgres('of names that few have', () => {
    const options = { schema: 'names', logger: SILENT, timeout: 10_000, clock: () => NOW };
    let pool: Pool;
    let store: PostgresSessionStore;
    beforeAll(async () => {
      pool = server().pool();
      await ensureSchema(pool, { schema: 'names' });
      store = new PostgresSessionStore(pool, options);
    });

    it('R6 knows nobody by a text that PostgreSQL has none for', async () => {
      const request = { from: 0, attempt: 'a', next: rotationAt(NOW), rules: UNLIMITED };
      expect(await store.find('a\0b', NOW)).toBeUndefined();
      expect(await store.access('a\0b', 0, NOW)).toBeUndefined();
      expect(await store.revoke('a\0b', 'logout', {}, NOW)).toBeUndefined();
      expect(await store.rotate('a\0b', request, NOW)).toEqual({ outcome: 'gone' });
      expect(await store.listByUser('a\0b', NOW)).toEqual([]);
      const tokens = new PostgresApiTokenStore(pool, options);
      expect(await tokens.access('a\0b', { username: 'alice', issuedAt: NOW }, NOW)).toBeUndefined();
      tokens.close();
    });

    it.each(['\uFDD0', 'a\uFDD00000', "o'neill\\", '%S', '\u{1F600}'])(
      'knows %j by that name',
      async (username) => {
        const record = newSession(NOW, { username });
        await store.create(record, UNLIMITED, NOW);
        expect((await store.listByUser(username, NOW)).map(({ id }) => id)).toEqual([record.id]);
        expect((await store.find(record.id, NOW))?.username).toBe(username);
        expect(await store.revokeByUser(username, {}, NOW)).toEqual([record.id]);
      },
    );
  });
});
