import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Connection } from '../shared/backend.js';
import {
  BACK_WITHIN,
  cutInMidCommand,
  giveUpDuringFreeze,
  LONGEST_WAIT,
  outageUnderLoad,
  serverComesLater,
} from '../shared/outages.campaigns.js';
import { describeWithRedis, RedisServer } from './redis-server.js';
import { StoreWorkers } from '../shared/store-workers.js';
import { REDIS, redisWorker } from './redis-backends.js';
import {
  evictTogether,
  logInTogether,
  refreshTogether,
  revokeWhileUsed,
  useAcrossClocks,
} from '../shared/replicas.campaigns.js';

describeWithRedis('outages of Redis, in long campaigns', () => {
  describe.each(Object.entries(REDIS))('over %s', (name, backend) => {
    // While a server is away node-redis looks for it every 2.2 s at worst, unless it is given a reconnectStrategy.
    const backWithin = name === 'ioredis' ? BACK_WITHIN : 2500;

    it.each(['frozen', 'killed'] as const)(
      'R6 a server that is %s under 1,000 requests a second × 5',
      async (outage) => {
        for (let time = 0; time < 5; time += 1) {
          const seen = await outageUnderLoad(backend, outage, { perSecond: 1000, length: 2000 });
          tell(`${outage}, ${name}`, seen);
          expect(seen).toMatchObject({ invalidAccepts: 0, wrong: [] });
          expect(seen.longest).toBeLessThanOrEqual(LONGEST_WAIT + seen.lag);
          expect(seen.backAfter).toBeLessThanOrEqual(backWithin + seen.lag);
        }
      },
    );

    it('a login, a refresh and an API token that are given up × 100', async () => {
      const left = await giveUpDuringFreeze(backend, { rounds: 100 });
      tell(`given up × 100, ${name}`, left);
      expect(left).toEqual({ logins: 0, refreshes: 0, apiTokens: 0 });
    });

    it('5,000 connections that are cut in mid-command', async () => {
      const resends = name === 'ioredis';
      const seen = await cutInMidCommand(backend, { rounds: 1000, resends });
      tell(`cuts, ${name}`, seen);
      expect(seen).toMatchObject({ cuts: 5000, generation: seen.refreshes, stillGood: 0 });
      if (resends) expect(seen).toMatchObject({ sessions: seen.logins, apiTokens: seen.made });
    });

    it('R6 a server that comes up 5 s after the application', async () => {
      const seen = await serverComesLater(backend, 5000);
      tell(`5 s later, ${name}`, seen);
      expect(seen.longest).toBeLessThanOrEqual(LONGEST_WAIT);
      expect(seen.wellAfter).toBeLessThanOrEqual(backWithin);
    });
  });

  describe.each(['ioredis', 'node-redis'] as const)('eight processes over %s', (driver) => {
    let server: RedisServer;
    let workers: StoreWorkers;
    let here: Connection;
    beforeAll(async () => {
      server = await RedisServer.start();
      here = await REDIS['ioredis']!.connect(server.port);
      workers = await StoreWorkers.start(8, redisWorker(driver, server.port));
    });
    afterAll(async () => {
      workers.stop();
      here.end();
      await server.stop();
    });
    const races = (rounds: number, parallel: number) => ({ workers, connection: here, rounds, parallel });

    it('C1 104 parallel logins × 200 at limits of 1, 3 and 10', () => logInTogether(races(200, 13)));
    it('C1 104 parallel logins × 200 that evict', () => evictTogether(races(200, 13)));
    it('F2 1,000 parallel refreshes of one token × 25', () => refreshTogether(races(25, 125)));
    it('F5 R1 R7 a revocation among refreshes and requests × 10,000', async () => {
      tell(`revocations × 10,000, ${driver}`, await revokeWhileUsed(races(10_000, 4)));
    });
    it('E7 clocks that are five minutes apart', async () => {
      const seen = await useAcrossClocks(races(1, 1));
      tell(`clocks, ${driver}`, seen);
      expect(seen).toMatchObject({ validated: seen.all, refreshed: seen.all });
    });
  });
});

function tell(what: string, figures: object): void {
  // Past Jest, which would add where it was called.
  process.stdout.write(`${what}: ${JSON.stringify(figures)}\n`);
}
