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
import { recordHistories } from '../shared/histories.campaigns.js';
import {
  evictTogether,
  logInTogether,
  refreshTogether,
  revokeWhileUsed,
  useAcrossClocks,
} from '../shared/replicas.campaigns.js';
import { StoreWorkers } from '../shared/store-workers.js';
import { POSTGRES, postgresWorker } from './postgres-backend.js';
import { describeWithPostgres, withPostgres } from './postgres-server.js';

describeWithPostgres('outages of PostgreSQL, in long campaigns', () => {
  it.each(['frozen', 'killed'] as const)(
    'R6 a server that is %s under 1,000 requests a second × 5',
    async (outage) => {
      for (let time = 0; time < 5; time += 1) {
        const seen = await outageUnderLoad(POSTGRES, outage, { perSecond: 1000, length: 2000 });
        tell(outage, seen);
        expect(seen).toMatchObject({ invalidAccepts: 0, wrong: [] });
        expect(seen.longest).toBeLessThanOrEqual(LONGEST_WAIT + seen.lag);
        expect(seen.backAfter).toBeLessThanOrEqual(BACK_WITHIN + seen.lag);
      }
    },
  );

  it('a login, a refresh and an API token that are given up × 100', async () => {
    const left = await giveUpDuringFreeze(POSTGRES, { rounds: 100 });
    tell('given up × 100', left);
    expect(left).toEqual({ logins: 0, refreshes: 0, apiTokens: 0 });
  });

  it('5,000 connections that are cut in mid-command', async () => {
    const seen = await cutInMidCommand(POSTGRES, { rounds: 1000, resends: false });
    tell('cuts', seen);
    expect(seen).toMatchObject({ generation: seen.refreshes, stillGood: 0 });
  });

  it('R6 a server that comes up 5 s after the application', async () => {
    const seen = await serverComesLater(POSTGRES, 5000);
    tell('5 s later', seen);
    expect(seen.longest).toBeLessThanOrEqual(LONGEST_WAIT);
    expect(seen.wellAfter).toBeLessThanOrEqual(BACK_WITHIN);
  });

  describe('with a server for all', () => {
    const server = withPostgres('max_connections=200');
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
    const races = (rounds: number, parallel: number) => ({ workers, connection: here, rounds, parallel });

    it('C1 104 parallel logins × 30 at limits of 1, 3 and 10', () => logInTogether(races(30, 13)));
    it('C1 104 parallel logins × 30 that evict', () => evictTogether(races(30, 13)));
    it('F2 1,000 parallel refreshes of one token × 25', () => refreshTogether(races(25, 125)));
    it('F5 R1 R7 a revocation among refreshes and requests × 1,000', async () => {
      tell('revocations × 1,000', await revokeWhileUsed(races(1000, 4)));
    });
    it('E7 clocks that are five minutes apart', async () => {
      const seen = await useAcrossClocks(races(1, 1));
      tell('clocks', seen);
      expect(seen).toMatchObject({ validated: seen.all, refreshed: seen.all });
    });

    it('C1 2,000 histories of one session fit into an order', async () => {
      const connect = () => POSTGRES.connect(server().port);
      const { impossible, ...seen } = await recordHistories(server(), connect, { histories: 2000, seed: 1 });
      tell('histories × 2,000', seen);
      expect(impossible).toEqual([]);
    });
  });
});

function tell(what: string, figures: object): void {
  // Past Jest, which would add where it was called.
  process.stdout.write(`${what}: ${JSON.stringify(figures)}\n`);
}
