import { beforeAll, expect, it } from '@jest/globals';
import type { Pool } from 'pg';
import { ensureSchema } from '../../../src/stores/postgres/ensure-schema.js';
import { PostgresApiTokenStore } from '../../../src/stores/postgres/postgres-api-token.store.js';
import { PostgresSessionStore } from '../../../src/stores/postgres/postgres-session.store.js';
import {
  limit,
  newSession,
  rotationAt,
  UNLIMITED,
} from '../../../src/testing/session-store.contract/fixtures.js';
import { SILENT } from '../../../src/testing/silent-logger.js';
import { describeWithPostgres, withPostgres } from './postgres-server.js';

const NOW = Date.UTC(2026, 0, 1);
const SECOND = 1000;
const SESSIONS = 20_000;

/** As many sessions and API tokens, and what the tallies would have been told of them. */
const FILL = `
  INSERT INTO nsm.sessions (id, username, era, turn, slot, shard, generation, created_at, issued_at, last_accessed,
      expires_at, active_until, renewable_until, due_at)
    SELECT 'session ' || g, 'user ' || g % 5000, 0, g, g, 0, 0, t, t, t, t + interval '1 hour', t + interval '1 hour',
      t + interval '1 day', t + interval '1 day'
    FROM generate_series(1, ${SESSIONS}) g, LATERAL (SELECT to_timestamp(${NOW / SECOND} - g % 600) AS t) x;
  INSERT INTO nsm.lapses SELECT 0, shard, at, sum(active), sum(renewable) FROM nsm.sessions,
      LATERAL (VALUES (active_until, 1, 0), (renewable_until, 0, 1)) AS l (at, active, renewable) GROUP BY shard, at;
  INSERT INTO nsm.tallies SELECT 0, shard, '-infinity', sum(active), sum(renewable) FROM nsm.lapses GROUP BY shard;
  INSERT INTO nsm.api_tokens (jti, username, era, turn, issued_at, expires_at)
    SELECT 'token ' || g, 'user ' || g % 5000, 0, g, to_timestamp(${NOW / SECOND}), to_timestamp(${NOW / SECOND}) + interval '1 day'
    FROM generate_series(1, ${SESSIONS}) g;
  SELECT setval('nsm.turns', ${SESSIONS});
  ANALYZE;`;

describeWithPostgres('what is asked of 20,000 sessions in PostgreSQL', () => {
  const server = withPostgres('autovacuum=off');
  // One connection, which tells what it has scanned when it is asked to.
  let pool: Pool;
  let store: PostgresSessionStore;
  let tokens: PostgresApiTokenStore;
  beforeAll(async () => {
    pool = server().pool({ max: 1 });
    await ensureSchema(pool);
    await pool.query(FILL);
    const options = { logger: SILENT, timeout: 10_000, clock: () => NOW };
    [store, tokens] = [new PostgresSessionStore(pool, options), new PostgresApiTokenStore(pool, options)];
  });

  const scans = async () => {
    await pool.query('SELECT pg_stat_force_next_flush()');
    const { rows } = await pool.query<{ n: string }>(
      `SELECT sum(seq_scan) AS n FROM pg_stat_user_tables WHERE relname IN ('sessions', 'api_tokens')`,
    );
    return Number(rows[0]!.n);
  };
  const signed = { username: 'user 7', issuedAt: NOW };
  const budget = { budgetMs: 1, batchSize: 16 };

  it.each<[string, (turn: number) => unknown]>([
    ['an access', (turn) => store.access(`session ${turn}`, 0, NOW + turn * SECOND)],
    ['a reading', (turn) => store.find(`session ${turn}`, NOW)],
    ['a login', () => store.create(newSession(NOW), UNLIMITED, NOW)],
    ['a login under a limit', () => store.create(newSession(NOW), limit(1_000_000), NOW)],
    ['a login that is refused', () => store.create(newSession(NOW), limit(10), NOW)],
    [
      'a login that evicts',
      () => store.create(newSession(NOW), limit(SESSIONS, { onLimit: 'evict-oldest' }), NOW),
    ],
    [
      'a login under a user’s limit',
      (turn) =>
        store.create(
          newSession(NOW, { username: `user ${turn}` }),
          { ...UNLIMITED, maxPerUser: 2, onUserLimit: 'evict-idle' },
          NOW,
        ),
    ],
    [
      'a refresh',
      (turn) =>
        store.rotate(
          `session ${turn + 3000}`,
          { from: 0, attempt: 'a', next: rotationAt(NOW), rules: UNLIMITED },
          NOW,
        ),
    ],
    ['an amendment', (turn) => store.amend(`session ${turn + 3000}`, { claims: { a: turn } }, NOW)],
    ['a logout', (turn) => store.revoke(`session ${turn + 3100}`, 'logout', {}, NOW)],
    ['an end of all of a user', (turn) => store.revokeByUser(`user ${turn + 400}`, {}, NOW)],
    ['a count', () => store.count(NOW)],
    ['a page', () => store.browse({ limit: 50 }, NOW)],
    ['a list', (turn) => store.listByUser(`user ${turn}`, NOW)],
    ['a reason', (turn) => store.absence(`session ${turn}`, 0, NOW)],
    ['a sweep', () => store.sweepExpired(NOW + 86_400 * SECOND, budget)],
    [
      'an API token',
      (turn) =>
        tokens.put({ jti: `new ${turn}`, username: 'user 7', issuedAt: NOW, expiresAt: NOW + SECOND }, NOW),
    ],
    ['an access by API token', (turn) => tokens.access(`token ${turn * 5000 + 7}`, signed, NOW)],
    ['a revocation of one', (turn) => tokens.revoke(`token ${turn}`, {}, NOW)],
    ['a list of them', (turn) => tokens.listByUser(`user ${turn}`, NOW)],
    ['a page of them', () => tokens.browse({ limit: 50 }, NOW)],
    ['an end of all of a user’s', (turn) => tokens.revokeByUser(`user ${turn}`, NOW)],
    ['a sweep of them', () => tokens.sweepExpired(NOW, budget)],
  ])('%s goes by an index, by plans of its first times and of later ones', async (_, ask) => {
    const before = await scans();
    for (let turn = 1; turn <= 8; turn += 1) await ask(turn);
    expect(await scans()).toBe(before);
  });

  it('a scan would be noticed', async () => {
    const before = await scans();
    await pool.query('SELECT count(*) FROM nsm.sessions WHERE generation = 7');
    expect(await scans()).toBeGreaterThan(before);
  });

  it('nearly all notes of accesses leave the indexes alone', async () => {
    for (let turn = 0; turn < 400; turn += 1)
      await store.access(`session ${10_000 + turn}`, 0, NOW + 700 * SECOND);
    await pool.query('SELECT pg_stat_force_next_flush()');
    await pool.query('SELECT pg_stat_reset()');
    for (let turn = 0; turn < 400; turn += 1)
      await store.access(`session ${10_000 + turn}`, 0, NOW + 701 * SECOND);
    await pool.query('SELECT pg_stat_force_next_flush()');
    const { rows } = await pool.query<{ share: number }>(
      `SELECT n_tup_hot_upd::float / n_tup_upd AS share FROM pg_stat_user_tables WHERE relname = 'sessions'`,
    );
    expect(rows[0]!.share).toBeGreaterThan(0.95);
  });
});
