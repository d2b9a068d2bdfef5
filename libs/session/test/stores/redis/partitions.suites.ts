import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { createSessionManager } from '../../../src/compose/create-session-manager.js';
import type { SessionChange } from '../../../src/core/session-store.js';
import { Partitions } from '../../../src/stores/redis/partitions.js';
import { RedisApiTokenStore } from '../../../src/stores/redis/redis-api-token.store.js';
import { RedisSessionStore } from '../../../src/stores/redis/redis-session.store.js';
import { describeApiTokenStore, describeSessionStore } from '../../../src/testing/index.js';
import { newSession, UNLIMITED } from '../../../src/testing/session-store.contract/fixtures.js';
import type { TestApi } from '../../../src/testing/test-api.js';
import { SILENT } from '../../../src/testing/silent-logger.js';
import type { ConnectedClient } from './clients.js';
import { withPlacedIds } from './with-placed-ids.js';

const START = Date.UTC(2026, 0, 1);

/**
 * What a store cannot promise whose users lie in several places: a limit over all of them, an order in which all took their
 * slots, and API tokens without an owner, whose place nobody knows.
 */
const NOT_OF_SPREAD_STORES = [
  /limit|evict|slot|reuseExisting creates for a user who has no active/,
  /without an owner|ownerless|of a token that another program/,
];
/** And promises which are tried by way of one of these, each at another test too. */
const TRIED_BY_WAY_OF_THESE: ReadonlySet<string> = new Set([
  'R2 a later revokeAll moves the cut-off on, never back, nor that of a user',
  'R2 a later revokeByUser moves the cut-off on, never back',
  'R2 a revokeAll holds, whatever was ended by a clock that was ahead',
  'R2 an end of all holds, whatever was ended before by a clock that was ahead',
  'R2 revokeAll ends all tokens of all users at once, for every verb',
  'a cut-off by a clock that was ahead does not outlive that',
  'a listener hears of a refresh, and of who had to go for it',
  'a listener hears of an end of all once, and whom it spared',
  'a listener hears of each end: which session, whose, and why',
  'a listener hears of each end: which token, and whose',
  'a revokeAll by a clock that was ahead does not outlive that',
  'browse answers nothing that has ended, in whichever way',
  'browse answers the whole record of each token once, whosever it is',
  'listByUser answers the user’s unexpired tokens, the oldest first',
  'revoke with a username ends only that user’s token',
  'revoke with a username that is none ends nobody’s token',
  'revokeAll answers how many ended that were not over',
  'what a listener throws changes nothing, for the verb or for other listeners',
]);

/** Which tests of the two contracts there are. */
const met = new Set<string>();

const promised: TestApi = {
  describe,
  it: (name, body) => {
    met.add(name);
    const isPromised =
      !TRIED_BY_WAY_OF_THESE.has(name) && !NOT_OF_SPREAD_STORES.some((none) => none.test(name));
    return isPromised ? it(name, body) : it.skip(name, body);
  },
};

/** All that stores are held to whose namespace is spread over 16 partitions, over a client of Redis. */
export function describeStoresOverPartitions(name: string, connect: () => Promise<ConnectedClient>): void {
  describe(`Stores that are spread over 16 partitions, by ${name}`, () => {
    let redis: ConnectedClient['client'];
    let end: ConnectedClient['end'];
    beforeAll(async () => {
      ({ client: redis, end } = await connect());
    });
    afterAll(() => end());

    const options = () => ({
      namespace: randomUUID(),
      partitions: 16,
      logger: SILENT,
      timeout: 10_000,
      clock: () => START,
    });

    describeSessionStore('RedisSessionStore over 16 partitions', promised, () => {
      const given = options();
      const store = new RedisSessionStore(redis, given);
      const placed = withPlacedIds(store, new Partitions(given.namespace, 16));
      return { store: placed, dispose: () => store.close() };
    });

    describeApiTokenStore('RedisApiTokenStore over 16 partitions', promised, () => {
      const given = options();
      const store = new RedisApiTokenStore(redis, given);
      const placed = withPlacedIds(store, new Partitions(given.namespace, 16));
      return { store: placed, dispose: () => store.close() };
    });

    it('every test that is named as tried by way of another is one of the contracts', () => {
      expect([...TRIED_BY_WAY_OF_THESE].filter((name) => !met.has(name))).toEqual([]);
    });

    describe('what they promise otherwise', () => {
      /** Twenty users, who lie in more than one place. */
      async function spread() {
        const given = options();
        const store = new RedisSessionStore(redis, given);
        const partitions = new Partitions(given.namespace, 16);
        const records = Array.from({ length: 20 }, (_, user) => {
          const username = `user-${user}`;
          return newSession(START, { id: store.newId!(username), username });
        });
        for (const record of records) await store.create(record, UNLIMITED, START);
        const places = new Set(records.map(({ username }) => partitions.ofUser(username)));
        expect(places.size).toBeGreaterThan(4);
        return { store, records, given };
      }

      it('a walk meets every session of every place exactly once', async () => {
        const { store, records } = await spread();
        const seen: string[] = [];
        for (let after: string | undefined, more = true; more;) {
          const page = (await store.browse({ after, limit: 3 }, START))!;
          seen.push(...page.records.map(({ id }) => id));
          after = page.next;
          more = after !== undefined;
        }
        expect(seen.sort()).toEqual(records.map(({ id }) => id).sort());
        for (const after of ['16.', '1', '3.x', '999.'])
          expect(await store.browse({ after, limit: 3 }, START)).toBeUndefined();
        store.close();
      });

      it('R2 an end of all ends those of every place but one, tells it once, and counts right', async () => {
        const { store, records } = await spread();
        const told: SessionChange[] = [];
        store.subscribe((change) => told.push(change));
        const except = records[7]!.id;
        expect(await store.count(START)).toBe(20);
        expect(await store.revokeAll({ except }, START)).toBe(19);
        expect(await store.count(START)).toBe(1);
        for (const { id } of records) expect((await store.find(id, START)) !== undefined).toBe(id === except);
        for (let tries = 0; told.length === 0 && tries < 200; tries += 1) await pause(5);
        await pause(20);
        expect(told.map(({ type }) => type)).toEqual(['ended-all']);
        expect(await store.sweepExpired(START, { budgetMs: 10_000, batchSize: 100 })).toMatchObject({
          more: false,
        });
        store.close();
      });

      it('an id that leads elsewhere than its user is refused, and nothing is created', async () => {
        const { store } = await spread();
        const record = newSession(START, { id: store.newId!('user-1'), username: 'user-2' });
        const others = new Partitions('x', 16);
        if (others.ofUser('user-1') === others.ofUser('user-2')) throw new Error('the two lie together');
        await expect(store.create(record, UNLIMITED, START)).rejects.toMatchObject({ code: 'INVALID_INPUT' });
        expect(await store.count(START)).toBe(20);
        store.close();
      });

      it('how many there are is fixed for a namespace: another number of them, also one, refuses to boot', async () => {
        const { store, given } = await spread();
        for (const partitions of [1, 8]) {
          const other = new RedisSessionStore(redis, { ...given, partitions });
          const booting = createSessionManager({
            strategy: 'token',
            secretKey: new Uint8Array(64).fill(7),
            maxConcurrentSessions: Infinity,
            store: other,
            logger: SILENT,
          });
          await expect(booting).rejects.toMatchObject({
            code: 'SESSION_CONFIGURATION',
            message: expect.stringMatching(/^partitions: expected 16, .* got [18];/),
          });
          other.close();
        }
        store.close();
      });

      it('who came first with one partition has decided, though nobody has logged in yet', async () => {
        const given = options();
        const first = new RedisSessionStore(redis, { ...given, partitions: 1 });
        await first.ping();
        const second = new RedisSessionStore(redis, given);
        await expect(second.ping()).rejects.toThrow(/^partitions: expected 1, .* got 16;/);
        first.close();
        second.close();
      });

      it('a limit over all users refuses to boot, and says why', async () => {
        const { store } = await spread();
        const given = {
          strategy: 'token',
          secretKey: new Uint8Array(64).fill(7),
          store,
          logger: SILENT,
        } as const;
        await expect(createSessionManager(given)).rejects.toMatchObject({
          code: 'SESSION_CONFIGURATION',
          message: expect.stringMatching(/^maxConcurrentSessions: expected Infinity/),
        });
        const manager = await createSessionManager({ ...given, maxConcurrentSessions: Infinity });
        const { accessToken } = (await manager.createSession('alice'))!;
        expect(await manager.sessionUsername(accessToken)).toBe('alice');
        await manager.close();
      });
    });
  });
}
