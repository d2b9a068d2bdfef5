import { afterAll, beforeAll, describe, it } from '@jest/globals';
import type { Pool } from 'pg';
import { ensureSchema } from '../../../src/stores/postgres/ensure-schema.js';
import { PostgresApiTokenStore } from '../../../src/stores/postgres/postgres-api-token.store.js';
import { describeApiTokenStore } from '../../../src/testing/index.js';
import { SILENT } from '../../../src/testing/silent-logger.js';
import { emptied } from './emptied.js';
import { goingByTheCaller } from './going-by-the-caller.js';
import type { PostgresServer } from './postgres-server.js';

const START = Date.UTC(2026, 0, 1);

/** With time to answer on a busy machine. */
const OPTIONS = { logger: SILENT, timeout: 10_000 };

/** The contract of stores of API tokens, by a clock that was given and by the server's. */
export function describeApiTokensOn(name: string, server: () => PostgresServer): void {
  describe(name, () => {
    let pool: Pool;
    beforeAll(async () => {
      pool = server().pool();
      await ensureSchema(pool);
    });
    afterAll(() => pool.end());

    describeApiTokenStore('by a clock that was given', { describe, it }, async () => {
      await emptied(pool);
      const store = new PostgresApiTokenStore(pool, { ...OPTIONS, clock: () => START });
      return { store, dispose: () => store.close() };
    });

    describeApiTokenStore('by the clock of the server', { describe, it }, async () => {
      await emptied(pool);
      const store = new PostgresApiTokenStore(goingByTheCaller(pool), OPTIONS);
      await store.ping();
      return { store, dispose: () => store.close() };
    });
  });
}
