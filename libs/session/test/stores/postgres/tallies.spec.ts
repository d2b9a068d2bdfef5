import { beforeAll, expect, it } from '@jest/globals';
import type { Pool } from 'pg';
import { ensureSchema } from '../../../src/stores/postgres/ensure-schema.js';
import type { PostgresPool } from '../../../src/stores/postgres/postgres-client.js';
import { PostgresSessionStore } from '../../../src/stores/postgres/postgres-session.store.js';
import {
  limit,
  newSession,
  rotationAt,
  UNLIMITED,
} from '../../../src/testing/session-store.contract/fixtures.js';
import { SILENT } from '../../../src/testing/silent-logger.js';
import { seededRandom } from '../../support/seeded-random.js';
import { emptied } from './emptied.js';
import { alteredPool } from './postgres-backend.js';
import { describeWithPostgres, withPostgres } from './postgres-server.js';

const START = Date.UTC(2026, 0, 1);
const SECOND = 1000;
const ASKERS = 8;

describeWithPostgres('C1 E6 the tallies in PostgreSQL', () => {
  const server = withPostgres();
  let pools: Pool[];
  beforeAll(async () => {
    pools = Array.from({ length: ASKERS }, () => server().pool({ max: 3 }));
    await ensureSchema(pools[0]!);
  });

  it.each([1, 2, 3])(
    'tell what is there after a storm of all that can be asked, of seed %d',
    async (seed) => {
      await emptied(pools[0]!);
      await storm(pools, seed);
      expect(await toldAndCounted(pools[0]!)).toEqual({ differences: [] });
    },
  );

  it('would be noticed if what one step in five has told them were lost', async () => {
    await emptied(pools[0]!);
    let steps = 0;
    const careless = alteredPool(pools[0]!, async (step) => {
      const answer = await step.run();
      if (step.bearsDeadline && (steps += 1) % 5 === 0) await pools[0]!.query('DELETE FROM nsm.tallies');
      return answer;
    });
    await storm([careless, ...(pools.slice(1) as unknown as PostgresPool[])], 4, { endsOfAll: false });
    expect(await toldAndCounted(pools[0]!)).not.toEqual({ differences: [] });
  });

  it('R5 two sweeps beside each other free each session once', async () => {
    await emptied(pools[0]!);
    const [first, second] = [
      storeOver(pools[0] as unknown as PostgresPool),
      storeOver(pools[1] as unknown as PostgresPool),
    ];
    for (let index = 0; index < 200; index += 1) await first.create(newSession(START), UNLIMITED, START);
    const over = START + 3_600 * SECOND;
    const budget = { budgetMs: 10_000, batchSize: 7 };
    const swept = await Promise.all([first, second].map((store) => store.sweepExpired(over, budget)));
    expect(swept.reduce((sum, { removed }) => sum + removed, 0)).toBe(200);
    expect(await toldAndCounted(pools[0]!)).toEqual({ differences: [] });
    first.close();
    second.close();
  });
});

function storeOver(pool: PostgresPool): PostgresSessionStore {
  return new PostgresSessionStore(pool, { logger: SILENT, timeout: 60_000, clock: () => START });
}

/** Logins of every kind, accesses, refreshes, ends and sweeps, by several at once, while time goes on. */
async function storm(pools: readonly PostgresPool[], seed: number, { endsOfAll = true } = {}): Promise<void> {
  const random = seededRandom(seed);
  const ids: string[] = [];
  let now = START;
  const asker = async (pool: PostgresPool) => {
    const store = storeOver(pool);
    for (let step = 0; step < 60; step += 1) {
      now += random(3) * SECOND;
      const id = ids[random(ids.length + 1)] ?? 'nobody';
      const username = `user ${random(6)}`;
      const at = now;
      const kind = random(20);
      if (kind < 8) {
        const lasting = [
          {},
          { idleTimeout: 20 * SECOND },
          { slideBy: 30 * SECOND, renewableUntil: at + 60 * SECOND },
        ][random(3)]!;
        const record = newSession(at, { username, ...lasting });
        const rules = [
          UNLIMITED,
          limit(20, { onLimit: 'evict-oldest' }),
          limit(25),
          { ...UNLIMITED, maxPerUser: 3, onUserLimit: 'evict-idle' as const },
          { ...UNLIMITED, reuseExisting: true },
        ][random(5)]!;
        if ((await store.create(record, rules, at)).outcome === 'created') ids.push(record.id);
      } else if (kind < 13) await store.access(id, random(2), at);
      else if (kind < 16) {
        const request = { from: random(3), attempt: `a${random(3)}`, next: rotationAt(at), rules: limit(25) };
        await store.rotate(id, request, at);
      } else if (kind < 18) await store.revoke(id, 'logout', {}, at);
      else if (kind < 19) await store.revokeByUser(username, { except: id }, at);
      else if (endsOfAll && random(10) === 0) await store.revokeAll({ except: id }, at);
      else await store.sweepExpired(at, { budgetMs: 50, batchSize: 10 });
    }
    store.close();
  };
  await Promise.all(pools.map(asker));
}

/** Where what the tallies tell, at moments before, now and later, differs from what is counted one by one. */
async function toldAndCounted(pool: Pool): Promise<{ differences: unknown[] }> {
  const { rows } = await pool.query(
    `
    SELECT m.at, c.active AS told, n.active AS counted, c.renewable AS told_renewable, n.renewable AS counted_renewable
    FROM generate_series($1::timestamptz, $1::timestamptz + interval '30 minutes', interval '10 seconds') m (at),
      LATERAL nsm.counts((SELECT era FROM nsm.about), m.at) c,
      LATERAL (SELECT count(*) FILTER (WHERE nsm.is_active(s, m.at)) AS active,
          count(*) FILTER (WHERE m.at < nsm.renewable_end(s)) AS renewable
        FROM nsm.sessions s WHERE s.era = (SELECT era FROM nsm.about)) n
    WHERE c.active <> n.active OR c.renewable <> n.renewable`,
    [new Date(START)],
  );
  return { differences: rows };
}
