import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { createClient } from 'redis';
import { setTimeout as pause } from 'node:timers/promises';
import { SessionConfigurationError, SessionStoreUnavailableError } from '../../../src/core/errors.js';
import type { SessionRecord } from '../../../src/core/session.js';
import type { RedisClient } from '../../../src/stores/redis/redis-client.js';
import type { RedisSessionStoreOptions } from '../../../src/stores/redis/redis-options.js';
import { RedisSessionStore } from '../../../src/stores/redis/redis-session.store.js';
import { limit, newSession, UNLIMITED } from '../../../src/testing/session-store.contract/fixtures.js';
import { SILENT } from '../../../src/testing/silent-logger.js';
import { SECOND } from '../../../src/util/clock.js';
import { MemoryLogger } from '../../support/memory-logger.js';
import { alteredClient } from './altered-client.js';
import { describeWithRedis, keysOn, RedisServer } from './redis-server.js';

const START = Date.UTC(2026, 0, 1);
const HOUR = 3600 * SECOND;
const AT_ONCE = { budgetMs: 10_000, batchSize: 100 };

describeWithRedis('RedisSessionStore and its server', () => {
  let server: RedisServer;
  let client: Redis;
  const closing: RedisSessionStore[] = [];
  beforeAll(async () => {
    server = await RedisServer.start();
    client = clientOf(server);
  });
  beforeEach(() => client.flushall());
  afterEach(() => {
    for (const store of closing.splice(0)) store.close();
  });
  afterAll(async () => {
    client.disconnect();
    await server.stop();
  });

  function storeOf(options: RedisSessionStoreOptions = {}, its: RedisClient = client): RedisSessionStore {
    const store = new RedisSessionStore(its, { logger: SILENT, timeout: 10_000, ...options });
    closing.push(store);
    return store;
  }
  /** Goes by a clock that was given: what a test says is the time. */
  const timeless = (options: RedisSessionStoreOptions = {}, its?: RedisClient) =>
    storeOf({ clock: () => START, ...options }, its);

  describe('what it leaves there', () => {
    it('is under the namespace alone, in one slot of a cluster, without a TTL and without what a user typed', async () => {
      const store = timeless({ namespace: 'app' });
      const record = newSession(START, { username: 'mallory{x}' });
      await store.create(record, UNLIMITED, START);
      const keys = await client.keys('*');
      expect(keys.length).toBeGreaterThan(5);
      for (const key of keys) {
        expect(key).toMatch(/^\{app\}:[\w:-]+$/);
        expect(key).not.toContain('mallory');
        expect(await client.pttl(key)).toBe(-1);
      }
    });

    it('is a tombstone for as long as it is to be remembered, and nothing at all once that is over', async () => {
      const store = timeless({ rememberFor: 7 });
      const { id } = await added(store);
      await store.revoke(id, 'logout', {}, START);
      expect(await store.absence(id, 0, START)).toBe('logout');
      expect(await client.ttl(`{nsm}:s:${id}`)).toBe(7);
      expect(await keysOn(client)).toEqual([`{nsm}:s:${id}`, '{nsm}:seq']);
    });

    it('is no tombstone where nothing is to be remembered', async () => {
      const store = timeless({ rememberFor: 0 });
      const { id } = await added(store);
      await store.revoke(id, 'logout', {}, START);
      expect(await keysOn(client)).toEqual(['{nsm}:seq']);
    });

    it('R2 is freed by sweeps after the end of all, also of several', async () => {
      const store = timeless({ rememberFor: 0 });
      const kept = await added(store, START, { username: 'bob' });
      for (const era of [1, 2, 3]) {
        for (let login = 0; login < 20 * era; login += 1) await added(store);
        expect(await store.revokeAll({ except: kept.id }, START)).toBe(20 * era);
      }
      let removed = 0;
      for (let more = true; more;) {
        const slice = await store.sweepExpired(START, { budgetMs: 0, batchSize: 16 });
        removed += slice.removed;
        more = slice.more;
      }
      expect(removed).toBe(120);
      expect(await client.keys('{nsm}:s:*')).toEqual([`{nsm}:s:${kept.id}`]);
      expect(await client.keys('{nsm}:over-*')).toEqual([]);
      expect((await store.access(kept.id, 0, START))?.id).toBe(kept.id);
    });

    it('C1 is counted as it is, whatever was left of ends of all', async () => {
      const [one, other] = [timeless(), timeless()];
      const kept = await added(one);
      await added(one);
      expect(
        await Promise.all([one.revokeAll({ except: kept.id }, START), other.revokeAll({}, START)]),
      ).toEqual([1, 1]);
      expect(await other.count(START)).toBe(0);
      expect((await one.create(newSession(START), limit(1), START)).outcome).toBe('created');
      expect((await other.create(newSession(START), limit(1), START)).outcome).toBe('limit-reached');
    });
  });

  describe("by the server's clock", () => {
    it('tells no time before it is known, and then the server’s', async () => {
      const away = new Redis(1, '127.0.0.1', { lazyConnect: true });
      away.on('error', () => undefined);
      expect(storeOf({}, away).clock).toThrow(SessionStoreUnavailableError);
      away.disconnect();
      const store = storeOf();
      await store.ping();
      const [seconds, microseconds] = await client.time();
      expect(Math.abs(store.clock() - (Number(seconds) * 1000 + Number(microseconds) / 1000))).toBeLessThan(
        1000,
      );
    });

    it('E7 a process that was stopped before its call revives nothing: a time that is behind is the server’s', async () => {
      const store = storeOf();
      await store.ping();
      const now = store.clock();
      const over = newSession(now - HOUR, { activeUntil: now - SECOND, renewableUntil: now - SECOND });
      await store.create(over, UNLIMITED, now);
      expect(await storeOf().find(over.id, now - HOUR)).toBeUndefined();
      expect(await storeOf().access(over.id, 0, now - HOUR)).toBeUndefined();
      expect(await storeOf().count(now - HOUR)).toBe(0);
    });

    it('E7 a process whose clock is hours ahead is taken for a minute ahead, and sweeps nobody', async () => {
      const store = storeOf();
      await store.ping();
      const now = store.clock();
      const soon = await added(store, now, {
        activeUntil: now + 30 * SECOND,
        renewableUntil: now + 30 * SECOND,
      });
      const later = await added(store, now, { activeUntil: now + 300 * SECOND });
      const ahead = storeOf();
      expect(await ahead.sweepExpired(now + HOUR, AT_ONCE)).toEqual({ removed: 0, more: false });
      expect(await ahead.find(soon.id, now + HOUR)).toBeUndefined();
      expect((await ahead.access(later.id, 0, now + HOUR))?.lastAccessed).toBeLessThan(now + 62 * SECOND);
      expect((await storeOf().find(soon.id, now))?.id).toBe(soon.id);
    });
  });

  describe('when nobody waits any more', () => {
    it('C1 a login that reaches the server after its deadline takes no slot', async () => {
      const own = await RedisServer.start();
      const its = clientOf(own);
      const store = storeOf({ timeout: 100, breaker: { failures: 1000 } }, its);
      await store.ping();
      // So that the server has the script, and no answer is that it has not.
      await added(store, store.clock());
      await its.flushall();
      const record = newSession(store.clock());
      own.freeze();
      await expect(store.create(record, UNLIMITED, record.createdAt)).rejects.toThrow(
        SessionStoreUnavailableError,
      );
      own.thaw();
      // Asked after it on the same connection, so that it was answered before. Not even what undoing leaves is there.
      expect(await keysOn(its)).toEqual([]);
      its.disconnect();
      await own.stop();
    });

    it('F2 nor does a refresh replace anything', async () => {
      const own = await RedisServer.start();
      const its = clientOf(own);
      const store = storeOf({ timeout: 100, breaker: { failures: 1000 } }, its);
      await store.ping();
      const now = store.clock();
      const { id } = await added(store, now);
      const next = newSession(now + SECOND);
      const refresh = (from: number) =>
        store.rotate(id, { from, attempt: `a${from}`, next, rules: UNLIMITED }, now);
      await refresh(0);
      own.freeze();
      await expect(refresh(1)).rejects.toThrow(SessionStoreUnavailableError);
      own.thaw();
      expect((await its.get(`{nsm}:s:${id}`))?.slice(9, 17)).toBe('00000001');
      its.disconnect();
      await own.stop();
    });

    it('C1 a login that happened in time, and was answered too late, is undone', async () => {
      let answer = () => undefined as void;
      const held = new Promise<void>((resolve) => (answer = resolve));
      const slow = alteredClient(client, async (step, given) => {
        const reply = await step(...given);
        if (Array.isArray(reply) && reply[0] === 'created') await held;
        return reply;
      });
      const store = storeOf({ timeout: 100 }, slow);
      await store.ping();
      const record = newSession(store.clock());
      await expect(store.create(record, UNLIMITED, record.createdAt)).rejects.toThrow(/within 100 ms/);
      expect(await store.count(record.createdAt)).toBe(1);
      answer();
      while ((await store.count(record.createdAt)) > 0) await pause(1);
      expect(await store.absence(record.id, 0, record.createdAt)).toBe('revoked');
    });
  });

  describe('on a server that is full, read-only or has forgotten the scripts', () => {
    let own: RedisServer;
    let its: Redis;
    beforeEach(async () => {
      own = await RedisServer.start();
      its = clientOf(own);
    });
    afterEach(async () => {
      its.disconnect();
      await own.stop();
    });

    it('refuses logins and refreshes while full, and validates, logs out and sweeps', async () => {
      const store = timeless({}, its);
      const [first, second, third] = [await added(store), await added(store), await added(store)];
      await its.config('SET', 'maxmemory', '1');
      await expect(store.create(newSession(START), UNLIMITED, START)).rejects.toThrow(/^OOM/);
      const next = newSession(START + SECOND);
      const request = { from: 0, attempt: 'a', next, rules: UNLIMITED };
      await expect(store.rotate(first.id, request, START)).rejects.toThrow(/^OOM/);
      expect((await store.access(first.id, 0, START + 5 * SECOND))?.id).toBe(first.id);
      expect((await store.revoke(first.id, 'logout', {}, START))?.id).toBe(first.id);
      expect(await store.absence(first.id, 0, START)).toBe('logout');
      expect(await store.revokeByUser('alice', { except: third.id }, START)).toEqual([second.id]);
      expect(await store.sweepExpired(START + HOUR, AT_ONCE)).toEqual({ removed: 1, more: false });
      expect(await store.revokeAll({}, START)).toBe(0);
      await its.config('SET', 'maxmemory', '0');
      expect((await store.create(newSession(START), limit(1), START)).outcome).toBe('created');
    });

    it('takes a server that may not write for one that cannot answer', async () => {
      const store = timeless({}, its);
      const { id } = await added(store);
      await its.replicaof('127.0.0.1', '1');
      await expect(store.access(id, 0, START + SECOND)).rejects.toThrow(/READONLY/);
      await expect(store.revoke(id, 'logout', {}, START)).rejects.toThrow(/READONLY/);
      await its.replicaof('NO', 'ONE');
      expect((await store.access(id, 0, START + SECOND))?.lastAccessed).toBe(START + SECOND);
    });

    it('goes on where the server has forgotten the scripts', async () => {
      const store = timeless({}, its);
      const { id } = await added(store);
      await its.script('FLUSH');
      expect((await store.access(id, 0, START))?.id).toBe(id);
    });
  });

  describe('the queue of slots', () => {
    const evicting = (max: number) => limit(max, { onLimit: 'evict-oldest' });

    it('is passed over up to its front once, however many there have lapsed', async () => {
      const looked: number[] = [];
      const watched = alteredClient(client, async (step, given) => {
        const before = await reads();
        const reply = await step(...given);
        looked.push((await reads()) - before);
        return reply;
      });
      const store = timeless({}, watched);
      for (let login = 0; login < 100; login += 1) await added(store);
      const later = START + 120 * SECOND;
      for (let login = 0; login < 3; login += 1) await store.create(newSession(later), evicting(1), later);
      const [, first, second] = looked.slice(-3);
      expect(first).toBeGreaterThan(100);
      expect(second).toBeLessThan(20);
    });

    it('begins where it began once the clock that was ahead is right again', async () => {
      const store = timeless();
      const oldest = await added(store);
      const ahead = START + HOUR / 10;
      for (let login = 0; login < 2; login += 1) await store.create(newSession(ahead), evicting(1), ahead);
      await added(store);
      expect(await store.create(newSession(START), evicting(2), START)).toEqual({
        outcome: 'created',
        evicted: [{ id: oldest.id, username: 'alice' }],
      });
    });

    async function reads(): Promise<number> {
      const stats = await client.info('commandstats');
      return Number(/cmdstat_get:calls=(\d+)/.exec(stats)?.[1] ?? 0);
    }
  });

  describe('sweeps', () => {
    it('go one replica at a time, which the others leave to it', async () => {
      const [one, other] = [timeless(), timeless()];
      for (let login = 0; login < 40; login += 1) await added(one);
      const smallest = { budgetMs: 0, batchSize: 1 };
      expect(await one.sweepExpired(START + HOUR, smallest)).toEqual({ removed: 1, more: true });
      expect(await other.sweepExpired(START + HOUR, AT_ONCE)).toEqual({ removed: 0, more: false });
      expect(await one.sweepExpired(START + HOUR, AT_ONCE)).toEqual({ removed: 39, more: false });
      await added(one);
      expect(await other.sweepExpired(START + HOUR, AT_ONCE)).toEqual({ removed: 1, more: false });
    });

    it('take up what a replica that is gone has left', async () => {
      const store = timeless();
      await added(store);
      await client.set('{nsm}:sweeper', 'gone', 'PX', 1);
      while ((await client.exists('{nsm}:sweeper')) > 0) await pause(1);
      expect(await store.sweepExpired(START + HOUR, AT_ONCE)).toEqual({ removed: 1, more: false });
    });

    it('take at most 16 in one step, however many they may', async () => {
      const replies: unknown[] = [];
      const watched = alteredClient(client, async (step, given) => {
        const reply = await step(...given);
        replies.push(reply);
        return reply;
      });
      const store = timeless({}, watched);
      for (let login = 0; login < 40; login += 1) await added(store);
      await store.sweepExpired(START + HOUR, AT_ONCE);
      expect(replies.slice(-3)).toEqual([
        ['swept', 16, 1],
        ['swept', 16, 1],
        ['swept', 8, 0],
      ]);
    });
  });

  describe('revokeDurability', () => {
    it('R1 answers 503 where too few replicas have a revocation, which has happened all the same', async () => {
      const store = timeless({ revokeDurability: { replicas: 1, timeout: 1 } });
      const { id } = await added(store);
      await expect(store.revoke(id, 'logout', {}, START)).rejects.toThrow(/0 of 1 replicas/);
      expect(await store.find(id, START)).toBeUndefined();
    });

    it('R1 acknowledges a revocation that a replica has', async () => {
      const sync = ['--repl-diskless-sync-delay', '0'];
      const master = await RedisServer.start(...sync);
      const replica = await RedisServer.start(...sync, '--replicaof', '127.0.0.1', String(master.port));
      const [its, copy] = [clientOf(master), clientOf(replica)];
      while (!(await copy.info('replication')).includes('master_link_status:up')) await pause(5);
      const store = timeless({ revokeDurability: { replicas: 1, timeout: 5000 } }, its);
      const [first, second] = [await added(store), await added(store, START, { username: 'bob' })];
      await store.revoke(first.id, 'logout', {}, START);
      expect((await copy.get(`{nsm}:s:${first.id}`))?.slice(0, 7)).toBe('xlogout');
      expect(await store.revokeByUser('bob', {}, START)).toEqual([second.id]);
      expect((await copy.get(`{nsm}:s:${second.id}`))?.slice(0, 8)).toBe('xrevoked');
      expect(await store.revokeAll({}, START)).toBe(0);
      for (const each of [its, copy]) each.disconnect();
      await Promise.all([master.stop(), replica.stop()]);
    });
  });

  describe('warns at boot', () => {
    it('of a server that keeps nothing on disk, once', async () => {
      const logger = new MemoryLogger();
      const store = timeless({ logger });
      await store.ping();
      await store.ping();
      expect(logger.entries).toEqual([
        expect.stringMatching(/^warn .*keeps nothing on disk.*appendonly yes/),
      ]);
    });

    it('of one that drops sessions when it is full', async () => {
      const own = await RedisServer.start('--maxmemory-policy', 'allkeys-lru', '--appendonly', 'yes');
      const its = clientOf(own);
      const logger = new MemoryLogger();
      await timeless({ logger }, its).ping();
      expect(logger.entries).toEqual([expect.stringMatching(/^warn .*allkeys-lru.*noeviction/)]);
      its.disconnect();
      await own.stop();
    });

    it('of a client whose first lost connection would end the process', async () => {
      const bare = createClient({ url: server.url });
      await bare.connect();
      const logger = new MemoryLogger();
      await timeless({ logger }, bare).ping();
      expect(logger.entries[0]).toMatch(/^warn .*no listener of 'error'.*client\.on\('error'/);
      bare.destroy();
    });

    it('of nothing, but a debug line, where it may not ask', async () => {
      await client.call('ACL', 'SETUSER', 'app', 'on', '>secret', '~*', '&*', '+@all', '-info', '-config');
      const its = new Redis(server.port, '127.0.0.1', {
        username: 'app',
        password: 'secret',
        enableReadyCheck: false,
      });
      its.on('error', () => undefined);
      const logger = new MemoryLogger();
      await timeless({ logger }, its).ping();
      expect(logger.entries).toEqual([
        expect.stringMatching(/^debug How the Redis server is set up cannot be told/),
      ]);
      its.disconnect();
    });
  });

  describe('close', () => {
    it('ends what the store opened, and leaves the application its client', async () => {
      const connections = async () =>
        String(await client.client('LIST'))
          .trim()
          .split('\n').length;
      const before = await connections();
      const store = timeless({ revokeDurability: { replicas: 1 } });
      store.subscribe(() => undefined);
      await added(store);
      while ((await connections()) < before + 2) await pause(1);
      store.close();
      store.close();
      while ((await connections()) > before) await pause(1);
      expect(await client.ping()).toBe('PONG');
    });
  });

  describe('refuses', () => {
    it.each([
      ['a namespace with braces', { namespace: 'a{b}' }],
      ['an empty namespace', { namespace: '' }],
      ['a namespace of 65 characters', { namespace: 'a'.repeat(65) }],
      ['a timeout of 0', { timeout: 0 }],
      ['rememberFor below 0', { rememberFor: -1 }],
      ['a breaker that opens at once', { breaker: { failures: 0 } }],
      ['no replica', { revokeDurability: { replicas: 0 } }],
      ['a clock that is none', { clock: 5 as never }],
    ])('%s', (_, options: RedisSessionStoreOptions) => {
      expect(() => storeOf(options)).toThrow(SessionConfigurationError);
    });
  });
});

function clientOf(server: RedisServer): Redis {
  const client = new Redis(server.port, '127.0.0.1');
  client.on('error', () => undefined);
  return client;
}

async function added(
  store: RedisSessionStore,
  at = START,
  given: Partial<SessionRecord> = {},
): Promise<SessionRecord> {
  const record = newSession(Math.floor(at / SECOND) * SECOND, given);
  expect((await store.create(record, UNLIMITED, at)).outcome).toBe('created');
  return record;
}
