import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Connection } from '../shared/backend.js';
import { StoreWorkers } from '../shared/store-workers.js';
import { REDIS, redisWorker } from './redis-backends.js';
import { describeWithRedis, RedisServer } from './redis-server.js';
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

describeWithRedis('eight processes on one Redis', () => {
  let server: RedisServer;
  let workers: StoreWorkers;
  let here: Connection;
  beforeAll(async () => {
    server = await RedisServer.start();
    here = await REDIS['ioredis']!.connect(server.port);
    workers = await StoreWorkers.start(8, redisWorker('ioredis', server.port));
  });
  afterAll(async () => {
    workers.stop();
    here.end();
    await server.stop();
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
    const { validated, refreshed, all, apart } = await useAcrossClocks(races());
    expect({ validated, refreshed }).toEqual({ validated: all, refreshed: all });
    expect(apart).toBeLessThan(60_000);
  });

  it('E7 would not agree by clocks of their own', async () => {
    const { validated, all, apart } = await useAcrossClocks(races(), 'Date.now');
    expect(validated).toBeLessThan(all);
    expect(apart).toBeGreaterThan(500_000);
  });
});
