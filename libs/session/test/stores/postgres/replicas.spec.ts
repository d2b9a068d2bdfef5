import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Connection } from '../shared/backend.js';
import {
  evictTogether,
  logInAfterCounting,
  logInTogether,
  refreshTogether,
  refreshTogetherWithoutGrace,
  revokeWhileUsed,
  useAcrossClocks,
  type Races,
} from '../shared/replicas.campaigns.js';
import { StoreWorkers } from '../shared/store-workers.js';
import { POSTGRES, postgresWorker } from './postgres-backend.js';
import { describeWithPostgres, withPostgres } from './postgres-server.js';

describeWithPostgres('eight processes on one PostgreSQL', () => {
  const server = withPostgres();
  let workers: StoreWorkers;
  let here: Connection;
  beforeAll(async () => {
    here = await POSTGRES.connect(server().port);
    workers = await StoreWorkers.start(8, postgresWorker(server().port));
  });
  afterAll(() => {
    workers.stop();
    here.end();
  });
  const races = (given: Partial<Races> = {}): Races => ({
    workers,
    connection: here,
    rounds: 1,
    parallel: 13,
    ...given,
  });

  it('C1 let in as many as there are slots', () => logInTogether(races()));

  it('C1 would let in more if they counted before, which shows that they race', async () => {
    expect(await logInAfterCounting(races())).toBeGreaterThan(3);
  });

  it('C1 evict each who has to go once', () => evictTogether(races()));

  it('F2 get one successor from parallel refreshes, and it goes on', () => refreshTogether(races()));

  it('F1 get different answers without the grace window, which shows that they race', async () => {
    expect(await refreshTogetherWithoutGrace(races())).toBeGreaterThan(1);
  });

  it('F5 R1 R7 find nothing good after a revocation among refreshes and requests', async () => {
    const { usedBefore, refusedAfter } = await revokeWhileUsed(races({ rounds: 10, parallel: 4 }));
    // It came in the middle.
    expect(usedBefore).toBeGreaterThan(0);
    expect(refusedAfter).toBeGreaterThan(0);
  });

  it('E7 agree on the time, though their clocks are five minutes apart', async () => {
    const { validated, refreshed, all } = await useAcrossClocks(races());
    expect({ validated, refreshed }).toEqual({ validated: all, refreshed: all });
  });
});
