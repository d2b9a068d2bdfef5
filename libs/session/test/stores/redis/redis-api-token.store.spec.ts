import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import type { ApiTokenChange, ApiTokenRecord } from '../../../src/core/api-token-store.js';
import { RedisApiTokenStore } from '../../../src/stores/redis/redis-api-token.store.js';
import { SILENT } from '../../../src/testing/silent-logger.js';
import { describeApiTokensOver } from './api-token-suites.js';
import { CLIENTS } from './clients.js';
import { MovedServer } from './moved-server.js';
import { describeWithRedis, keysOn, RedisServer } from './redis-server.js';

const SECOND = 1000;
const HOUR = 3600 * SECOND;
const DAY = 24 * HOUR;
const START = Date.UTC(2026, 0, 1, 12);
const LARGE = { budgetMs: 10_000, batchSize: 100 };

let server: RedisServer;
let redis: Redis;

describeWithRedis('RedisApiTokenStore', () => {
  beforeAll(async () => {
    server = await RedisServer.start();
    redis = new Redis(server.port);
  });
  afterAll(async () => {
    redis.disconnect();
    await server.stop();
  });

  for (const [name, connect] of Object.entries(CLIENTS)) {
    describeApiTokensOver(name, () => connect(server.port));
  }

  let namespace: string;
  let store: RedisApiTokenStore;
  beforeEach(() => {
    namespace = randomUUID();
    store = open({ clock: () => START });
  });
  afterEach(() => store.close());

  it('says that other processes see its tokens', () => {
    expect(store.shared).toBe(true);
  });

  describe('ending all', () => {
    it('ends everybody’s at once, and answers how many were not over', async () => {
      const records = await putMany(30);
      await store.put(tokenOf({ expiresAt: START + SECOND }), START);
      const now = START + SECOND;
      expect(await store.revokeAll(now)).toBe(30);
      expect(await Promise.all(records.map(({ jti }) => isGood(jti, now)))).toEqual(records.map(() => false));
      expect(await store.listByUser('alice', now)).toEqual([]);
      expect(await store.browse({ limit: 100 }, now)).toEqual({ records: [] });
      expect(await store.revoke(records[0]!.jti, {}, now)).toBeUndefined();
      expect(await store.revokeByUser('alice', now)).toEqual([]);
      expect(await store.revokeAll(now)).toBe(0);
    });

    it('takes as many commands for many tokens as for one', async () => {
      const commandsFor = async (count: number, now: number) => {
        await putMany(count, {}, now);
        const before = await commandsRun();
        await store.revokeAll(now);
        return (await commandsRun()) - before;
      };
      const forOne = await commandsFor(1, START);
      expect(await commandsFor(200, START + 1)).toBe(forOne);
    });

    it('refuses whatever was begun or signed up to then, and nothing after it', async () => {
      const ownerless = { jti: 'from elsewhere', expiresAt: START + DAY };
      expect(await store.revokeAll(START)).toBe(0);
      expect(await store.put(tokenOf(), START)).toBe(false);
      expect(await store.put(ownerless, START)).toBe(false);
      const [later] = await putMany(1, {}, START + 1);
      expect(await isGood(later!.jti, START + 1)).toBe(true);
      await store.put(ownerless, START + 1);
      const signed = (issuedAt: number) =>
        store.access(ownerless.jti, { username: 'bob', issuedAt }, START + SECOND);
      expect(await signed(START)).toBeUndefined();
      expect((await signed(START + SECOND))?.jti).toBe(ownerless.jti);
    });

    it('leaves to sweeps what is to be freed, of several eras, and they free nothing of this one', async () => {
      for (let era = 0; era < 3; era += 1) {
        await putMany(20, { expiresAt: START + 3650 * DAY }, START + 1 + era);
        await store.revokeAll(START + 1 + era);
      }
      const [kept] = await putMany(1, {}, START + 10);
      expect(await store.sweepExpired(START + 10, LARGE)).toEqual({ removed: 60, more: false });
      expect(await keysLeft()).toEqual(
        ['cut-offs', `t:${kept!.jti}`, 'tokens', 'tokens-era', 'tokens-over', 'tu:*'].sort(),
      );
      expect(await isGood(kept!.jti, START + 10)).toBe(true);
    });

    it('a token that is put again after it survives the sweep of what was before', async () => {
      const record = tokenOf();
      await store.put(record, START);
      await store.revokeAll(START);
      expect(await store.put(record, START + 1)).toBe(true);
      await store.sweepExpired(START + 1, LARGE);
      expect(await isGood(record.jti, START + 1)).toBe(true);
      expect(await jtisOfAlice(START + 1)).toEqual([record.jti]);
    });
  });

  describe('by the clock of its server', () => {
    let moved: MovedServer;
    let replica: RedisApiTokenStore;
    beforeEach(async () => {
      moved = new MovedServer(redis);
      moved.now = START;
      replica = new RedisApiTokenStore(moved, { namespace, logger: SILENT });
      await replica.ping();
    });
    afterEach(() => replica.close());

    const accessed = async (jti: string, now: number) =>
      (await replica.access(jti, signedAt(START), now))?.jti === jti;

    it('has the time of the server', () => {
      const ahead = replica.clock() - START;
      expect(ahead).toBeGreaterThanOrEqual(0);
      expect(ahead).toBeLessThan(HOUR);
    });

    it('a process that was stopped on its way finds nothing that is over meanwhile', async () => {
      const [{ jti, expiresAt }] = (await putMany(1)) as [ApiTokenRecord];
      moved.now = expiresAt - 1;
      expect(await accessed(jti, START)).toBe(true);
      moved.now = expiresAt;
      expect(await accessed(jti, START)).toBe(false);
      expect(await replica.listByUser('alice', START)).toEqual([]);
      expect((await replica.browse({ limit: 10 }, START))?.records).toEqual([]);
      expect(await replica.revokeByUser('alice', START)).toEqual([]);
    });

    it('a process whose clock is ahead counts for a minute of that at most', async () => {
      const [{ jti }] = (await putMany(1)) as [ApiTokenRecord];
      const [soon] = (await putMany(1, { expiresAt: START + 60 * SECOND })) as [ApiTokenRecord];
      expect(await accessed(jti, START + DAY)).toBe(true);
      expect(await accessed(soon.jti, START + 59 * SECOND)).toBe(true);
      expect(await accessed(soon.jti, START + DAY)).toBe(false);
    });

    it('a process whose clock is ahead sweeps nothing that is not over at the server', async () => {
      await putMany(3, { expiresAt: START + SECOND });
      expect(await replica.sweepExpired(START + DAY, LARGE)).toEqual({ removed: 0, more: false });
      moved.now = START + SECOND;
      expect(await replica.sweepExpired(START, LARGE)).toEqual({ removed: 3, more: false });
    });

    it.each([
      ['a user’s', () => replica.revokeByUser('alice', START)],
      ['everybody’s', () => replica.revokeAll(START)],
    ])('an end of %s that came late refuses what was begun until it came', async (_whose, end) => {
      moved.now = START + 10 * SECOND;
      await end();
      await replica.ping();
      expect(await replica.put(tokenOf(), START + 10 * SECOND)).toBe(false);
      expect(await replica.put(tokenOf(), START + 10 * SECOND + 1)).toBe(true);
    });

    it('a token that comes to the server after its deadline is not registered, and that is no refusal', async () => {
      // Since the server's time was learnt, it has gone on by more than a put may take.
      moved.now = START + 10 * SECOND;
      await expect(replica.put(tokenOf(), START)).rejects.toThrow('LATE');
      expect(await keysLeft()).toEqual([]);
    });

    it('whoever ends all may make a token at once', async () => {
      const live = open();
      await live.ping();
      const refused: number[] = [];
      for (let time = 0; time < 50; time += 1) {
        const end = Math.floor(live.clock());
        await live.revokeByUser('alice', end);
        // As a manager counts it: after its own end of all, though that was in the same millisecond.
        const begun = Math.max(end + 1, Math.floor(live.clock()));
        if (!(await live.put(tokenOf({ issuedAt: begun, expiresAt: begun + HOUR }), begun)))
          refused.push(time);
      }
      expect(refused).toEqual([]);
      live.close();
    });
  });

  describe('on a server that is full', () => {
    let full: RedisServer;
    let client: Redis;
    beforeEach(async () => {
      full = await RedisServer.start();
      client = new Redis(full.port);
      store = new RedisApiTokenStore(client, { namespace, clock: () => START, logger: SILENT });
    });
    afterEach(async () => {
      client.disconnect();
      await full.stop();
    });
    const fill = () => client.config('SET', 'maxmemory', 1);

    it('no token is registered, and nothing of it is left', async () => {
      await fill();
      await expect(store.put(tokenOf(), START)).rejects.toThrow('OOM');
      expect(await keysOn(client)).toEqual([]);
    });

    it('a token is good, though the access is not noted', async () => {
      const [record] = await putMany(1);
      await fill();
      expect(await store.access(record!.jti, signedAt(START), START + SECOND)).toEqual({
        ...record,
        lastAccessed: START + SECOND,
      });
      expect(await store.listByUser('alice', START)).toEqual([record]);
    });

    it('tokens end by one, by user and by all, and what was under way stays out', async () => {
      const [one] = await putMany(3);
      await putMany(2, { username: 'bob' });
      await fill();
      expect((await store.revoke(one!.jti, {}, START))?.jti).toBe(one!.jti);
      expect(await store.revokeByUser('alice', START)).toHaveLength(2);
      expect(await store.revokeByUser('carol', START)).toEqual([]);
      expect(await store.revokeAll(START)).toBe(2);
      expect(await store.revokeAll(START)).toBe(0);
      await client.config('SET', 'maxmemory', 0);
      for (const username of ['alice', 'carol', 'dora']) {
        expect(await store.put(tokenOf({ username }), START)).toBe(false);
      }
      expect(await store.put(one!, START + 1)).toBe(false);
    });

    it('sweeps make room', async () => {
      await putMany(40, { expiresAt: START + SECOND });
      await putMany(40, { expiresAt: START + DAY });
      await fill();
      expect(await store.sweepExpired(START + SECOND, LARGE)).toEqual({ removed: 40, more: false });
      await store.revokeAll(START);
      expect(await store.sweepExpired(START, LARGE)).toEqual({ removed: 40, more: false });
      expect((await keysOn(client)).map((key) => key.split(':').at(-1)).sort()).toEqual([
        'cut-offs',
        'tokens-era',
      ]);
    });
  });

  it('a server that has forgotten its scripts is told them again', async () => {
    const [record] = await putMany(1);
    await redis.script('FLUSH');
    expect(await isGood(record!.jti, START)).toBe(true);
  });

  describe('browsing', () => {
    it('shows what is there during a whole walk on exactly one page, whatever comes and goes', async () => {
      const kept = (await putMany(25)).map(({ jti }) => jti);
      const passing = (await putMany(10)).map(({ jti }) => jti);
      const seen: string[] = [];
      let after: string | undefined;
      do {
        const page = await store.browse({ limit: 4, ...(after !== undefined && { after }) }, START);
        seen.push(...page!.records.map(({ jti }) => jti));
        after = page!.next;
        // Among them such as stand at the end of a page.
        const leaving = passing.includes(seen.at(-1)!) ? seen.at(-1)! : passing.pop();
        if (leaving !== undefined) await store.revoke(leaving, {}, START);
        await putMany(1, { username: 'bob' });
      } while (after !== undefined);
      expect(seen.filter((jti) => kept.includes(jti)).sort()).toEqual([...kept].sort());
      expect(new Set(seen).size).toBe(seen.length);
    });

    it('passes over what is over, and what a clock that was ahead has dated', async () => {
      await store.put(tokenOf({ expiresAt: START + SECOND }), START);
      await store.put(tokenOf({ issuedAt: START + HOUR }), START);
      const [good] = await putMany(1);
      const { records } = (await store.browse({ limit: 10 }, START + SECOND))!;
      expect(records).toEqual([good]);
    });

    it.each(['', 'x', 'jti:'])('refuses to go on after %j, which no page has answered', async (after) => {
      expect(await store.browse({ limit: 10, after }, START)).toBeUndefined();
    });
  });

  describe('what is sent twice', () => {
    it('a token that is put again is there once, and keeps its place and its latest access', async () => {
      const [first, second] = await putMany(2);
      await store.access(first!.jti, signedAt(START), START + SECOND);
      expect(await store.put(first!, START)).toBe(true);
      expect(await jtisOfAlice(START)).toEqual([first!.jti, second!.jti]);
      expect((await store.listByUser('alice', START))[0]?.lastAccessed).toBe(START + SECOND);
    });

    it('a token that was revoked meanwhile does not come back', async () => {
      const [record] = await putMany(1);
      await store.revoke(record!.jti, {}, START);
      expect(await store.put(record!, START)).toBe(false);
      expect(await isGood(record!.jti, START)).toBe(false);
    });

    it('a token that changes hands is its new owner’s alone', async () => {
      const [record] = await putMany(1);
      await store.put({ ...record!, username: 'bob' }, START);
      expect(await jtisOfAlice(START)).toEqual([]);
      expect(await store.revokeByUser('alice', START)).toEqual([]);
      expect((await store.listByUser('bob', START)).map(({ jti }) => jti)).toEqual([record!.jti]);
    });
  });

  it('an end of all by a clock that was ahead refuses no token that is made once that is right again', async () => {
    await store.revokeByUser('alice', START + DAY);
    await store.revokeAll(START + DAY);
    expect(await store.put(tokenOf(), START)).toBe(true);
  });

  it('keeps members of a record that it does not know', async () => {
    const record = { ...tokenOf(), scopes: ['a', { b: [] }] };
    await store.put(record, START);
    expect(await store.listByUser('alice', START)).toEqual([record]);
  });

  it('notes an access once a second', async () => {
    const [record] = await putMany(1);
    const writes = async () =>
      Number(/cmdstat_setrange:calls=(\d+)/.exec(await redis.info('commandstats'))?.[1] ?? 0);
    const before = await writes();
    for (let time = 0; time < 10; time += 1)
      await store.access(record!.jti, signedAt(START), START + time * 100);
    expect((await writes()) - before).toBe(1);
    await store.access(record!.jti, signedAt(START), START + SECOND);
    expect((await writes()) - before).toBe(2);
  });

  it('has nothing of what users have typed in its keys, and nothing left once all is swept', async () => {
    const typed = 'alice {x}\r\n*';
    const record = tokenOf({ username: typed, label: typed });
    await store.put(record, START);
    await store.revokeByUser(typed, START - SECOND);
    await store.put(tokenOf({ username: typed }), START);
    expect((await redis.keys(`{${namespace}}*`)).join('\n')).not.toContain('alice');
    await store.sweepExpired(START + DAY, LARGE);
    expect(await keysLeft()).toEqual(['cut-offs']);
  });

  it('remembers the latest few ends of all of a user', async () => {
    const hours = Array.from({ length: 10 }, (_, hour) => START - hour * HOUR);
    for (const time of hours) await store.revokeByUser('alice', time);
    const [ends] = await redis.hvals(`{${namespace}}:cut-offs`);
    expect(ends!.split(' ').map(Number)).toEqual(hours.slice(0, 4));
  });

  describe('sweeping', () => {
    it('is done by one at a time, and the next one goes on when that has finished', async () => {
      await putMany(6, { expiresAt: START + SECOND });
      const other = open({ clock: () => START });
      const now = START + SECOND;
      const slice = { budgetMs: 0, batchSize: 3 };
      expect(await store.sweepExpired(now, slice)).toEqual({ removed: 3, more: true });
      expect(await other.sweepExpired(now, slice)).toEqual({ removed: 0, more: false });
      expect(await store.sweepExpired(now, slice)).toEqual({ removed: 3, more: false });
      await putMany(1, { expiresAt: START + SECOND });
      expect(await other.sweepExpired(now, slice)).toEqual({ removed: 1, more: false });
      other.close();
    });

    it('goes on in the hands of another if the one who began does not', async () => {
      await putMany(6, { expiresAt: START + SECOND });
      await store.sweepExpired(START + SECOND, { budgetMs: 0, batchSize: 3 });
      expect(await redis.pttl(`{${namespace}}:tokens-sweeper`)).toBeGreaterThan(0);
      await redis.del(`{${namespace}}:tokens-sweeper`);
      const other = open({ clock: () => START });
      expect(await other.sweepExpired(START + SECOND, LARGE)).toEqual({ removed: 3, more: false });
    });
  });

  describe('telling others', () => {
    it('tells in every process what ended, and who it was', async () => {
      const told: ApiTokenChange[] = [];
      const other = open({ clock: () => START });
      const stop = other.subscribe((change) => told.push(change));
      // It waits until messages are coming.
      await other.listByUser('alice', START);
      const [first, second] = await putMany(2);
      const ownerless = { jti: 'from\nelsewhere', expiresAt: START + DAY };
      await store.put(ownerless, START);
      await store.revoke(first!.jti, {}, START);
      await store.revoke(ownerless.jti, {}, START);
      await store.revokeByUser('alice', START);
      await store.revokeAll(START);
      await settled(() => told.length >= 4);
      expect(told).toEqual([
        { type: 'ended', jti: first!.jti, username: 'alice' },
        { type: 'ended', jti: ownerless.jti },
        { type: 'ended', jti: second!.jti, username: 'alice' },
        { type: 'ended-all' },
      ]);
      stop();
      other.close();
    });
  });

  function open(options: object = {}): RedisApiTokenStore {
    return new RedisApiTokenStore(redis, { namespace, logger: SILENT, ...options });
  }

  async function putMany(count: number, given: Partial<ApiTokenRecord> = {}, now = START) {
    const records = Array.from({ length: count }, () => tokenOf({ issuedAt: now, ...given }));
    for (const record of records) expect(await store.put(record, now)).toBe(true);
    return records;
  }

  async function isGood(jti: string, now: number): Promise<boolean> {
    return (await store.access(jti, signedAt(START), now)) !== undefined;
  }

  async function jtisOfAlice(now: number): Promise<string[]> {
    return (await store.listByUser('alice', now)).map(({ jti }) => jti);
  }

  /** What there is of the namespace, without whose index it is. */
  async function keysLeft(): Promise<string[]> {
    const keys = await keysOn(redis, `{${namespace}}:*`);
    return keys.map((key) => key.slice(namespace.length + 3).replace(/^tu:.*/, 'tu:*')).sort();
  }
});

function tokenOf(given: Partial<ApiTokenRecord> = {}): ApiTokenRecord {
  return { jti: randomUUID(), username: 'alice', issuedAt: START, expiresAt: START + HOUR, ...given };
}

function signedAt(issuedAt: number) {
  return { username: 'alice', issuedAt };
}

/** How many commands the server has run, those of scripts included. */
async function commandsRun(): Promise<number> {
  const stats = await redis.info('commandstats');
  return [...stats.matchAll(/calls=(\d+)/g)].reduce((sum, [, calls]) => sum + Number(calls), 0);
}

async function settled(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await setTimeout(5);
}
