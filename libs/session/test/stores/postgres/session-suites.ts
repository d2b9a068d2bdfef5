import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Pool } from 'pg';
import { ensureSchema } from '../../../src/stores/postgres/ensure-schema.js';
import { PostgresSessionStore } from '../../../src/stores/postgres/postgres-session.store.js';
import type { NearCacheOptions } from '../../../src/stores/remote/near-cache.js';
import { describeSessionStore } from '../../../src/testing/index.js';
import { SILENT } from '../../../src/testing/silent-logger.js';
import { compareWithArray } from '../session-store.model.js';
import { emptied } from './emptied.js';
import { goingByTheCaller } from './going-by-the-caller.js';
import type { PostgresServer } from './postgres-server.js';

const START = Date.UTC(2026, 0, 1);

/** With time to answer on a busy machine. */
const OPTIONS = { logger: SILENT, timeout: 10_000 };

/**
 * All that a session store is held to: the contract, by a clock that was given and by the server's, and the comparison with
 * an array. Each store finds nothing but an empty schema.
 *
 * @param runs of the comparison.
 */
export function describeSessionsOn(
  name: string,
  server: () => PostgresServer,
  runs: { readonly seed: number; readonly numRuns: number },
  more: { readonly unlogged?: boolean; readonly nearCache?: NearCacheOptions } = {},
): void {
  describe(name, () => {
    let pool: Pool;
    beforeAll(async () => {
      pool = server().pool();
      await ensureSchema(pool, { unlogged: more.unlogged ?? false });
    });
    afterAll(() => pool.end());

    const options = { ...OPTIONS, ...(more.nearCache && { nearCache: more.nearCache }) };
    const byGivenClock = () => new PostgresSessionStore(pool, { ...options, clock: () => START });

    describeSessionStore('by a clock that was given', { describe, it }, async () => {
      await emptied(pool);
      const store = byGivenClock();
      return { store, dispose: () => store.close() };
    });

    describeSessionStore('by the clock of the server', { describe, it }, async () => {
      await emptied(pool);
      const store = new PostgresSessionStore(goingByTheCaller(pool), options);
      await store.ping();
      return { store, dispose: () => store.close() };
    });

    it('E5 E6 C1 C2 F2 R7 answers as an array that is looked through, whatever went before', async () => {
      const compared = await compareWithArray(
        async () => {
          await emptied(pool);
          return byGivenClock();
        },
        runs,
        { freesLater: true },
      );
      expect(compared).toBeGreaterThan(10 * runs.numRuns);
    });
  });
}
