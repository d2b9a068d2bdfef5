import { describe, expect, it } from '@jest/globals';
import { ADAPTERS } from '../support/adapters.js';
import { testClock } from '../support/test-clock.js';
import { useTestApps } from '../support/use-test-apps.js';
import { fuzzHttp } from './http-campaign.js';

describe.each(ADAPTERS)('Any input on %s, in a short campaign', (_, makeAdapter) => {
  const apps = useTestApps(makeAdapter);

  it('T4 D1 L1 L2 P1 is answered, with no error of ours, and shows nothing in the logs', async () => {
    const app = await apps.open({
      loginsPerMinute: 1_000_000,
      session: { clock: testClock(), maxConcurrentSessions: Infinity },
    });
    const statuses = await fuzzHttp(app, { runs: 250, seed: 20_260_101 });
    expect([...statuses.keys()]).toEqual(expect.arrayContaining([200, 201, 400, 401]));
  });
});
