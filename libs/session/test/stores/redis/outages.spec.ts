import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import type { RemoteOptions } from '../../../src/stores/remote/remote-options.js';
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
import { connectionOver, REDIS } from './redis-backends.js';
import { describeWithRedis, RedisServer } from './redis-server.js';

const UNAVAILABLE = { code: 'SESSION_STORE_UNAVAILABLE' };
const ioredis = REDIS['ioredis']!;
const SHORT = { perSecond: 200, length: 500 };

describeWithRedis('outages of Redis', () => {
  describe.each(Object.entries(REDIS).filter(([name]) => name !== 'node-redis (RESP2)'))(
    'over %s',
    (name, backend) => {
      it.each(['frozen', 'killed'] as const)(
        'R6 a server that is %s lets nobody in, logs nobody out, and holds nobody up',
        async (outage) => {
          const seen = await outageUnderLoad(backend, outage, SHORT);
          expect(seen).toMatchObject({ invalidAccepts: 0, wrong: [] });
          expect(seen.unavailable).toBeGreaterThan(0);
          // On a machine that is busy with other tests, several waits for it may follow each other.
          expect(seen.longest).toBeLessThanOrEqual(LONGEST_WAIT + 4 * seen.lag);
          expect(seen.backAfter).toBeLessThanOrEqual(BACK_WITHIN + 4 * seen.lag);
        },
      );

      it('a login, a refresh or an API token that was given up leaves nothing behind', async () => {
        expect(await giveUpDuringFreeze(backend, { rounds: 3 })).toEqual({
          logins: 0,
          refreshes: 0,
          apiTokens: 0,
        });
      });

      it('without its deadline each of them would happen after all', async () => {
        expect(await giveUpDuringFreeze(backend, { rounds: 1, withDeadlines: false })).toEqual({
          logins: 1,
          refreshes: 1,
          apiTokens: 1,
        });
      });

      it('what was made in time and heard of too late is taken back', async () => {
        expect(await hearTooLate(backend)).toEqual({ made: 2, left: 0 });
      });

      it('a connection that is cut in mid-command doubles no effect', async () => {
        const resends = name === 'ioredis';
        const seen = await cutInMidCommand(backend, { rounds: 2, resends });
        expect(seen).toMatchObject({ cuts: 10, generation: seen.refreshes, stillGood: 0 });
        if (resends) expect(seen).toMatchObject({ sessions: seen.logins, apiTokens: seen.made });
      });

      it('R6 a server that comes up after the application is in use soon', async () => {
        const { unavailable, longest, wellAfter } = await serverComesLater(backend, 500);
        expect(unavailable).toBeGreaterThan(0);
        expect(longest).toBeLessThanOrEqual(LONGEST_WAIT);
        expect(wellAfter).toBeLessThanOrEqual(BACK_WITHIN);
      });
    },
  );

  describe('without what is for them', () => {
    it('without a deadline of our own everybody would be held up as long as the server is', async () => {
      const seen = await outageUnderLoad(ioredis, 'frozen', { ...SHORT, options: { timeout: 60_000 } });
      expect(seen.longest).toBeGreaterThan(LONGEST_WAIT);
    });
  });

  describe('that are answers', () => {
    let server: RedisServer;
    let client: Redis;
    const managerFor = (client: Redis, namespace: string, options: RemoteOptions = {}) =>
      managerOf(connectionOver({ client, end: () => undefined }), namespace, options);
    beforeEach(async () => {
      server = await RedisServer.start('--repl-diskless-sync-delay', '0');
      client = new Redis(server.port).on('error', () => undefined);
    });
    afterEach(async () => {
      client.disconnect();
      await server.stop();
    });

    it('R6 a full server refuses logins and API tokens, and validates and logs out', async () => {
      const manager = await managerFor(client, randomUUID());
      const [tokens, others] = [
        (await manager.createSession('alice'))!,
        (await manager.createSession('bob'))!,
      ];
      const { token: apiToken } = await manager.createApiToken('alice');
      await client.config('SET', 'maxmemory', 1);
      // More often than silences would open the breaker.
      for (let time = 0; time < 10; time += 1) {
        await expect(manager.createSession('carol')).rejects.toMatchObject(UNAVAILABLE);
        await expect(manager.createApiToken('carol')).rejects.toMatchObject(UNAVAILABLE);
        await expect(manager.refreshSession(tokens.refreshToken)).rejects.toMatchObject(UNAVAILABLE);
        expect(await manager.sessionUsername(tokens.accessToken)).toBe('alice');
        expect(await manager.sessionUsername(apiToken)).toBe('alice');
      }
      expect((await manager.invalidateSession(tokens.accessToken)).invalidated).toBe(true);
      expect(await manager.invalidateApiToken(apiToken)).toBe(true);
      expect(await manager.invalidateAllSessions('bob')).toMatchObject({ sessions: 1 });
      for (const token of [tokens.accessToken, others.accessToken, apiToken]) {
        expect(await manager.sessionUsername(token)).toBeNull();
      }
      await manager.close();
    });

    it('R6 a replica refuses what writes, and is in use at once when it is the master', async () => {
      const replica = await RedisServer.start('--replicaof', '127.0.0.1', String(server.port));
      const there = new Redis(replica.port).on('error', () => undefined);
      const namespace = randomUUID();
      const before = await managerFor(client, namespace);
      const { accessToken } = (await before.createSession('alice'))!;
      expect(await client.wait(1, 60_000)).toBe(1);
      const manager = await managerFor(there, namespace);
      for (let time = 0; time < 10; time += 1) {
        await expect(manager.createSession('bob')).rejects.toMatchObject(UNAVAILABLE);
        await expect(manager.invalidateSession(accessToken)).rejects.toMatchObject(UNAVAILABLE);
      }
      await there.replicaof('NO', 'ONE');
      expect(await manager.sessionUsername(accessToken)).toBe('alice');
      expect(await manager.createSession('bob')).not.toBeNull();
      await Promise.all([before.close(), manager.close()]);
      there.disconnect();
      await replica.stop();
    });

    it('a server that forgets its scripts under load is told them again, and nobody notices', async () => {
      const manager = await managerFor(client, randomUUID(), { timeout: 60_000 });
      const { accessToken } = (await manager.createSession('alice'))!;
      const names = await Promise.all(
        Array.from({ length: 200 }, async (_, index) => {
          if (index % 20 === 0) await client.script('FLUSH');
          return manager.sessionUsername(accessToken);
        }),
      );
      expect(new Set(names)).toEqual(new Set(['alice']));
      await manager.close();
    });
  });
});
