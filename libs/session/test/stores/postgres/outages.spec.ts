import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { Pool } from 'pg';
import {
  BACK_WITHIN,
  cutInMidCommand,
  giveUpDuringFreeze,
  hearTooLate,
  LONGEST_WAIT,
  managerOf,
  outageUnderLoad,
  serverComesLater,
} from '../shared/outages.campaigns.js';
import { connectionOver, POSTGRES } from './postgres-backend.js';
import { describeWithPostgres, PostgresServer } from './postgres-server.js';

const UNAVAILABLE = { code: 'SESSION_STORE_UNAVAILABLE' };
const SHORT = { perSecond: 200, length: 500 };

describeWithPostgres('outages of PostgreSQL', () => {
  it.each(['frozen', 'killed'] as const)(
    'R6 a server that is %s lets nobody in, logs nobody out, and holds nobody up',
    async (outage) => {
      const seen = await outageUnderLoad(POSTGRES, outage, SHORT);
      expect(seen).toMatchObject({ invalidAccepts: 0, wrong: [] });
      expect(seen.unavailable).toBeGreaterThan(0);
      // On a machine that is busy with other tests, several waits for it may follow each other.
      expect(seen.longest).toBeLessThanOrEqual(LONGEST_WAIT + 4 * seen.lag);
      expect(seen.backAfter).toBeLessThanOrEqual(BACK_WITHIN + 4 * seen.lag);
    },
  );

  it('a login, a refresh or an API token that was given up leaves nothing behind', async () => {
    expect(await giveUpDuringFreeze(POSTGRES, { rounds: 2 })).toEqual({
      logins: 0,
      refreshes: 0,
      apiTokens: 0,
    });
  });

  it('without its deadline each of them would happen after all', async () => {
    expect(await giveUpDuringFreeze(POSTGRES, { rounds: 1, withDeadlines: false })).toEqual({
      logins: 1,
      refreshes: 1,
      apiTokens: 1,
    });
  });

  it('what was made in time and heard of too late is taken back', async () => {
    expect(await hearTooLate(POSTGRES)).toEqual({ made: 2, left: 0 });
  });

  it('a connection that is cut in mid-command doubles no effect', async () => {
    const seen = await cutInMidCommand(POSTGRES, { rounds: 2, resends: false });
    expect(seen).toMatchObject({ generation: seen.refreshes, stillGood: 0 });
  });

  it('R6 a server that comes up after the application is in use soon', async () => {
    const { unavailable, longest, wellAfter } = await serverComesLater(POSTGRES, 500);
    expect(unavailable).toBeGreaterThan(0);
    expect(longest).toBeLessThanOrEqual(LONGEST_WAIT);
    expect(wellAfter).toBeLessThanOrEqual(BACK_WITHIN);
  });

  describe('that are answers, or none of the server’s', () => {
    let server: PostgresServer;
    let pool: Pool;
    beforeAll(async () => {
      server = await PostgresServer.start();
      pool = server.pool();
    });
    afterAll(() => server.stop());

    it('R6 a server that may only be read is 503 for all that writes, and in use at once when it is written again', async () => {
      const manager = await managerOf(connectionOver(pool), randomUUID());
      const { accessToken, refreshToken } = (await manager.createSession('alice'))!;
      await pool.query('ALTER SYSTEM SET default_transaction_read_only = on');
      await pool.query('SELECT pg_reload_conf()');
      await until(pool, 'on');
      for (let time = 0; time < 10; time += 1) {
        await expect(manager.createSession('bob')).rejects.toMatchObject(UNAVAILABLE);
        await expect(manager.validateSession(accessToken)).rejects.toMatchObject(UNAVAILABLE);
        await expect(manager.refreshSession(refreshToken)).rejects.toMatchObject(UNAVAILABLE);
        await expect(manager.invalidateSession(accessToken)).rejects.toMatchObject(UNAVAILABLE);
      }
      const client = await pool.connect();
      await client.query('SET default_transaction_read_only = off');
      await client.query('ALTER SYSTEM RESET default_transaction_read_only');
      await client.query('SELECT pg_reload_conf()');
      client.release(true);
      await until(pool, 'off');
      expect(await manager.sessionUsername(accessToken)).toBe('alice');
      expect(await manager.createSession('bob')).not.toBeNull();
      await manager.close();
    });

    it('R6 a pool whose connections others keep is 503 in time, and no longer when they give them back', async () => {
      const small = server.pool({ max: 2 });
      const manager = await managerOf(connectionOver(small), randomUUID(), { breaker: { failures: 100 } });
      const { accessToken } = (await manager.createSession('alice'))!;
      const kept = [await small.connect(), await small.connect()];
      const begun = performance.now();
      await expect(manager.validateSession(accessToken)).rejects.toMatchObject(UNAVAILABLE);
      expect(performance.now() - begun).toBeLessThan(LONGEST_WAIT);
      for (const client of kept) client.release();
      expect(await manager.sessionUsername(accessToken)).toBe('alice');
      await manager.close();
    });

    it('R6 a login waits for no lock beyond its deadline, and takes no slot afterwards', async () => {
      const schema = randomUUID();
      const options = { maxConcurrentSessions: 1 };
      const manager = await managerOf(connectionOver(pool), schema, { timeout: 200 }, options);
      const rival = await pool.connect();
      await rival.query('BEGIN');
      await rival.query(`SELECT pg_advisory_xact_lock("${schema}".lock_name(), 0)`);
      const begun = performance.now();
      await expect(manager.createSession('alice')).rejects.toMatchObject(UNAVAILABLE);
      expect(performance.now() - begun).toBeLessThan(LONGEST_WAIT);
      // The server has given it up by itself: nobody waits for the lock any more.
      const { rows } = await pool.query(`SELECT count(*)::integer AS n FROM pg_locks WHERE NOT granted`);
      expect(rows).toEqual([{ n: 0 }]);
      await rival.query('COMMIT');
      rival.release();
      expect(await manager.nActiveSessions()).toBe(0);
      expect(await manager.createSession('alice')).not.toBeNull();
      await manager.close();
    });

    it('a step that met another is asked for again, four times at most', async () => {
      let tries = 0;
      const error = Object.assign(new Error('deadlock detected'), { code: '40P01', severity: 'ERROR' });
      const meeting = (times: number) =>
        connectionOver(pool).altered(async (step) => {
          if (!step.bearsDeadline) return step.run();
          tries += 1;
          if (tries <= times) throw error;
          return step.run();
        });
      const well = await managerOf(meeting(3), randomUUID());
      expect(await well.createSession('alice')).not.toBeNull();
      expect(tries).toBe(4);
      tries = 0;
      const ill = await managerOf(meeting(4), randomUUID());
      await expect(ill.createSession('alice')).rejects.toMatchObject(UNAVAILABLE);
      expect(tries).toBe(4);
      await Promise.all([well.close(), ill.close()]);
    });

    it('acknowledged logins and logouts are there after the server was killed', async () => {
      const durable = await PostgresServer.start('fsync=on');
      const own = durable.pool();
      const manager = await managerOf(connectionOver(own), 'nsm', { timeout: 5000 });
      for (let round = 0; round < 3; round += 1) {
        const [kept, ended] = [
          (await manager.createSession('alice'))!,
          (await manager.createSession('bob'))!,
        ];
        await manager.invalidateSession(ended.accessToken);
        await durable.restart();
        expect(await soon(() => manager.sessionUsername(kept.accessToken))).toBe('alice');
        expect(await manager.sessionUsername(ended.accessToken)).toBeNull();
        expect(await manager.nActiveSessions()).toBe(round + 1);
      }
      await manager.close();
      await durable.stop();
    });
  });
});

/** Resolves once new and old connections of the pool are told so. */
async function until(pool: Pool, readOnly: 'on' | 'off'): Promise<void> {
  for (;;) {
    const { rows } = await pool.query<{ s: string }>(`SELECT current_setting('transaction_read_only') AS s`);
    if (rows[0]!.s === readOnly) return;
  }
}

/** As soon as the server can be asked again. */
async function soon<T>(ask: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      expect(error).toMatchObject(UNAVAILABLE);
    }
  }
}
