import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { RedisSessionStore } from '../../../src/stores/redis/redis-session.store.js';
import { describeSessionStore } from '../../../src/testing/index.js';
import { SILENT } from '../../../src/testing/silent-logger.js';
import { compareWithArray } from '../session-store.model.js';
import type { ConnectedClient } from './clients.js';
import { goingByTheCaller } from './going-by-the-caller.js';

const START = Date.UTC(2026, 0, 1);

let stores = 0;

/** Each store in a namespace of its own, and with time to answer on a busy machine. */
const options = () => ({ namespace: `test-${(stores += 1)}`, logger: SILENT, timeout: 10_000 });

/**
 * All that a session store is held to, over a client of Redis: the contract, by a clock that was given and by the server's,
 * and the comparison with an array.
 *
 * @param runs of the comparison.
 */
export function describeSessionsOver(
  name: string,
  connect: () => Promise<ConnectedClient>,
  runs: { readonly seed: number; readonly numRuns: number },
): void {
  describe(`RedisSessionStore over ${name}`, () => {
    let connected: ConnectedClient;
    beforeAll(async () => {
      connected = await connect();
    });
    afterAll(() => connected.end());

    const byGivenClock = () => new RedisSessionStore(connected.client, { ...options(), clock: () => START });

    describeSessionStore('by a clock that was given', { describe, it }, () => {
      const store = byGivenClock();
      return { store, dispose: () => store.close() };
    });

    describeSessionStore('by the clock of the server', { describe, it }, async () => {
      const store = new RedisSessionStore(goingByTheCaller(connected.client), options());
      await store.ping();
      return { store, dispose: () => store.close() };
    });

    it('E5 E6 C1 C2 F2 R7 answers as an array that is looked through, whatever went before', async () => {
      expect(await compareWithArray(byGivenClock, runs, { freesLater: true })).toBeGreaterThan(
        10 * runs.numRuns,
      );
    });
  });
}
