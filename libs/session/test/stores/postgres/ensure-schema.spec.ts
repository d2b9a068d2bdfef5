import { beforeAll, describe, expect, it } from '@jest/globals';
import type { Pool, PoolClient } from 'pg';
import { ensureSchema } from '../../../src/stores/postgres/ensure-schema.js';
import type { PostgresPool } from '../../../src/stores/postgres/postgres-client.js';
import { PostgresApiTokenStore } from '../../../src/stores/postgres/postgres-api-token.store.js';
import { PostgresSessionStore } from '../../../src/stores/postgres/postgres-session.store.js';
import { migration, SCHEMA_VERSION } from '../../../src/stores/postgres/schema/schema-sql.js';
import {
  limit,
  newSession,
  rotationAt,
  UNLIMITED,
} from '../../../src/testing/session-store.contract/fixtures.js';
import { SILENT } from '../../../src/testing/silent-logger.js';
import { MemoryLogger } from '../../support/memory-logger.js';
import { describeWithPostgres, withPostgres } from './postgres-server.js';

const NOW = Date.UTC(2026, 0, 1);
const CONFIGURATION = { code: 'SESSION_CONFIGURATION' };

describeWithPostgres('the schema in PostgreSQL', () => {
  const server = withPostgres();
  let pool: Pool;
  beforeAll(() => {
    pool = server().pool();
  });

  const storeIn = (schema: string, given: object = {}) =>
    new PostgresSessionStore(pool, { schema, logger: SILENT, timeout: 10_000, clock: () => NOW, ...given });

  it('is made once, by however many at once, and lies beside others', async () => {
    const names = ['one', 'Two.three:four-5', 'one', 'one', 'Two.three:four-5'];
    await Promise.all(names.map((schema) => ensureSchema(pool, { schema })));
    const [first, second] = [storeIn('one'), storeIn('Two.three:four-5')];
    await Promise.all([first.ping(), second.ping()]);
    await first.create(newSession(NOW), UNLIMITED, NOW);
    expect([await first.count(NOW), await second.count(NOW)]).toEqual([1, 0]);
    // Once more changes nothing.
    await ensureSchema(pool, { schema: 'one' });
    expect(await first.count(NOW)).toBe(1);
    first.close();
    second.close();
  });

  it('is what the text says that is shipped beside it', async () => {
    await pool.query(migration('by_hand', 0, false));
    const store = storeIn('by_hand');
    await store.ping();
    store.close();
  });

  it('keeps sessions past the log if it is told so, and API tokens in it', async () => {
    await ensureSchema(pool, { schema: 'unlogged', unlogged: true });
    const { rows } = await pool.query<{ relname: string }>(
      `SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
       WHERE n.nspname = 'unlogged' AND c.relkind = 'r' AND c.relpersistence = 'p' ORDER BY 1`,
    );
    expect(rows.map(({ relname }) => relname)).toEqual([
      'about',
      'api_tokens',
      'cut_offs',
      'revoked_api_tokens',
    ]);
  });

  it('serves a role with no more rights than the guide names', async () => {
    await ensureSchema(pool, { schema: 'granted' });
    await pool.query(`
      CREATE ROLE app LOGIN;
      GRANT USAGE ON SCHEMA granted TO app;
      GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA granted TO app;
      GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA granted TO app;`);
    const url = server().url.replace('postgres@', 'app@');
    const given = { schema: 'granted', logger: SILENT, timeout: 10_000, clock: () => NOW };
    const poor = server().pool({ connectionString: url });
    const [store, tokens] = [new PostgresSessionStore(poor, given), new PostgresApiTokenStore(poor, given)];
    await Promise.all([store.ping(), tokens.ping(), ensureSchema(poor, { schema: 'granted' })]);
    const record = newSession(NOW);
    await store.create(record, limit(1, { onLimit: 'evict-oldest' }), NOW);
    await store.access(record.id, 0, NOW + 1000);
    await store.rotate(record.id, { from: 0, attempt: 'a', next: rotationAt(NOW), rules: UNLIMITED }, NOW);
    await store.amend(record.id, { claims: { a: 1 } }, NOW);
    await store.browse({ limit: 10 }, NOW);
    await store.revokeByUser('alice', {}, NOW);
    await store.revokeAll({}, NOW);
    await store.sweepExpired(NOW, { budgetMs: 100, batchSize: 10 });
    await tokens.put({ jti: 'a', username: 'alice', expiresAt: NOW + 1000 }, NOW);
    await tokens.access('a', { username: 'alice', issuedAt: NOW }, NOW);
    await tokens.revoke('a', {}, NOW);
    await tokens.revokeByUser('alice', NOW);
    await tokens.revokeAll(NOW);
    await tokens.sweepExpired(NOW, { budgetMs: 100, batchSize: 10 });
    expect(await store.count(NOW)).toBe(0);
    store.close();
    tokens.close();
  });

  it('that is not there, or of an older version, is refused, with the way to make it', async () => {
    const store = storeIn('nowhere');
    await expect(store.ping()).rejects.toMatchObject({
      ...CONFIGURATION,
      message: expect.stringMatching(
        /^schema: expected "nowhere" .* got nothing of ours; ensureSchema\(pool\)/,
      ),
    });
    store.close();
    await ensureSchema(pool, { schema: 'older' });
    await pool.query('UPDATE older.about SET version = 0');
    const older = storeIn('older');
    await expect(older.ping()).rejects.toMatchObject(CONFIGURATION);
    older.close();
  });

  it('of a newer version serves an older library, and is left as it is', async () => {
    await ensureSchema(pool, { schema: 'newer' });
    await pool.query('UPDATE newer.about SET version = version + 1');
    await ensureSchema(pool, { schema: 'newer' });
    const store = storeIn('newer');
    await store.ping();
    store.close();
    const { rows } = await pool.query('SELECT version FROM newer.about');
    expect(rows).toEqual([{ version: SCHEMA_VERSION + 1 }]);
  });

  it('that could not be made leaves nothing behind', async () => {
    const broken = new Proxy(pool, {
      get: (target, member) => {
        if (member !== 'connect') return Reflect.get(target, member, target) as unknown;
        return async () => {
          const client = await target.connect();
          const query = client.query.bind(client) as (text: object) => Promise<unknown>;
          client.query = ((given: { text: string }) =>
            query({
              ...given,
              text: given.text.replace(/UPDATE "half"\.about SET version.*/, 'SELECT 1 / 0'),
            })) as never;
          return client;
        };
      },
    });
    await expect(ensureSchema(broken as unknown as PostgresPool, { schema: 'half' })).rejects.toThrow(/zero/);
    const { rows } = await pool.query(`SELECT nspname FROM pg_namespace WHERE nspname = 'half'`);
    expect(rows).toEqual([]);
  });

  it.each([
    ['schema', { schema: 'a"b' }],
    ['schema', { schema: '' }],
    ['schema', { schema: 'x'.repeat(41) }],
    ['timeout', { timeout: 5 }],
    ['rememberFor', { rememberFor: -1 }],
    ['nearCache.max', { nearCache: { max: 0, maxStaleness: 1000 } }],
  ])('refuses %s as in %j', (option, options) => {
    expect(() => new PostgresSessionStore(pool, options)).toThrow(
      expect.objectContaining({ ...CONFIGURATION, message: expect.stringContaining(`${option}: expected`) }),
    );
  });

  it.each([
    ['nothing', undefined],
    ['a text', 'postgres://localhost'],
    ['one connection', { query() {}, connect() {} }],
  ])('refuses %s in place of a pool', async (_, given) => {
    const message = /^pool: expected one of pg/;
    expect(() => new PostgresSessionStore(given as unknown as PostgresPool)).toThrow(message);
    await expect(ensureSchema(given as unknown as PostgresPool)).rejects.toThrow(message);
  });

  describe('at boot', () => {
    const ping = async (given: Pool | PostgresPool) => {
      const logger = new MemoryLogger();
      const store = new PostgresSessionStore(given, { logger, timeout: 10_000 });
      try {
        await store.ping();
      } finally {
        store.close();
      }
      return logger.entries.join('\n');
    };
    beforeAll(() => ensureSchema(pool));

    it('says nothing of a pool that is as it should be', async () => {
      expect(await ping(pool)).toBe('');
    });

    it('warns of a pool whose first lost connection would end the process, and of one too small', async () => {
      const bare = server().pool({ max: 3 });
      bare.removeAllListeners('error');
      const said = await ping(bare);
      bare.on('error', () => undefined);
      expect(said).toMatch(/no listener of 'error'/);
      expect(said).toMatch(/has 3 connections/);
    });

    it('refuses connections whose statements do not see what was committed before them', async () => {
      const strict = server().pool({ options: '-c default_transaction_isolation=serializable' });
      await expect(ping(strict)).rejects.toMatchObject({
        ...CONFIGURATION,
        message: expect.stringContaining('read committed, got serializable'),
      });
    });

    it('refuses a database that cannot keep every name', async () => {
      await pool.query(`CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0`);
      const latin = server().pool({
        database: 'latin',
        connectionString: server().url.replace(/postgres$/, 'latin'),
      });
      await ensureSchema(latin);
      await expect(ping(latin)).rejects.toMatchObject({
        ...CONFIGURATION,
        message: expect.stringContaining('UTF8, got LATIN1'),
      });
    });

    it('refuses a pooler that lends a connection for a transaction alone', async () => {
      const pooler = await poolerOf(pool);
      await expect(ping(pooler.pool)).rejects.toMatchObject({
        ...CONFIGURATION,
        message: expect.stringContaining('PgBouncer'),
      });
      pooler.end();
    });
  });
});

it('the text of the schema has no placeholder left, and is the same each time', () => {
  const text = migration('nsm', 0, false);
  expect(text).toBe(migration('nsm', 0, false));
  expect(text).not.toMatch(/%[A-Z]/);
});

/** As PgBouncer does: a client has a connection while it is in a transaction, and else the first one that nobody has. */
async function poolerOf(pool: Pool): Promise<{ readonly pool: PostgresPool; end(): void }> {
  const connections = [await pool.connect(), await pool.connect()];
  const taken = new Set<PoolClient>();
  const lend = () => {
    let own: PoolClient | undefined;
    const query = async (given: { text: string }) => {
      const used = own ?? connections.find((each) => !taken.has(each))!;
      if (given.text === 'BEGIN') taken.add((own = used));
      const answer = await used.query(given);
      if (given.text === 'ROLLBACK') {
        taken.delete(used);
        own = undefined;
      }
      return answer;
    };
    return Promise.resolve({ query, release: () => undefined, on: () => undefined, off: () => undefined });
  };
  const pooler = new Proxy(pool, {
    get: (target, member) => {
      if (member === 'connect') return lend;
      const value: unknown = Reflect.get(target, member, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  }) as unknown as PostgresPool;
  return { pool: pooler, end: () => connections.forEach((connection) => connection.release()) };
}
