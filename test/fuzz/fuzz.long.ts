import { describe, expect, it } from '@jest/globals';
import { ADAPTERS } from '../support/adapters.js';
import { testClock } from '../support/test-clock.js';
import { useTestApps } from '../support/use-test-apps.js';
import { fuzzHttp } from './http-campaign.js';

const SEED = Number(process.env.SEED ?? 20_260_101);
const RUNS = 12_000;
/** Beyond what the application's tests are given otherwise. */
const HOUR = 3_600_000;

describe.each(ADAPTERS)('Any input on %s, in a long campaign', (adapter, makeAdapter) => {
  const apps = useTestApps(makeAdapter);

  it(
    'T4 D1 L1 L2 P1 is answered, with no error of ours, and shows nothing in the logs',
    async () => {
      const app = await apps.open({
        loginsPerMinute: 1_000_000,
        session: { clock: testClock(), maxConcurrentSessions: Infinity },
      });
      const started = performance.now();
      const statuses = await fuzzHttp(app, { runs: RUNS, seed: SEED });
      const counts = [...statuses].sort().map(([status, count]) => `${count} × ${status}`);
      const seconds = ((performance.now() - started) / 1000).toFixed(1);
      // Past Jest, which would add where it was called.
      process.stdout.write(
        `${adapter}: ${RUNS} requests, ${counts.join(', ')}, ${seconds} s, seed ${SEED}\n`,
      );
      expect(statuses.get(401)).toBeGreaterThan(0);
    },
    HOUR,
  );
});
