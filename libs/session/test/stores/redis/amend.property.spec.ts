import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import fc from 'fast-check';
import { amended } from '../../../src/core/amendments.js';
import type { Amendment, SessionRecord } from '../../../src/core/session.js';
import { RedisSessionStore } from '../../../src/stores/redis/redis-session.store.js';
import { newSession, UNLIMITED } from '../../../src/testing/session-store.contract/fixtures.js';
import { SILENT } from '../../../src/testing/silent-logger.js';
import { describeWithRedis, RedisServer } from './redis-server.js';

const START = Date.UTC(2026, 0, 1);

/** Few names, so that changes meet; all that JSON writes otherwise; and sizes that together reach the limit. */
const name = fc.oneof(
  fc.constantFrom('a', 'b', '__proto__', 'a":\t"b'),
  fc.string({ unit: 'binary', maxLength: 8 }),
);
const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.constantFrom('\\u0041', '\\', '"', '\t\r\n,', '\ud800', '\u2028', ''),
  fc.integer({ min: 0, max: 2100 }).map((length) => '\\'.repeat(length)),
);
const data = fc.oneof(text, fc.double({ noNaN: true, noDefaultInfinity: true }), fc.boolean());
const dictionary = <T>(values: fc.Arbitrary<T>) =>
  fc.array(fc.tuple(name, values), { maxLength: 4 }).map((entries) => Object.fromEntries(entries));
const carried = fc.record({ details: dictionary(text), claims: dictionary(data) }, { requiredKeys: [] });
const amendment: fc.Arbitrary<Amendment> = fc.record(
  { details: dictionary(fc.option(text)), claims: dictionary(fc.option(data)) },
  { requiredKeys: [] },
);

describeWithRedis('amend on Redis', () => {
  let server: RedisServer;
  let client: Redis;
  beforeAll(async () => {
    server = await RedisServer.start();
    client = new Redis(server.port, '127.0.0.1');
  });
  afterAll(async () => {
    client.disconnect();
    await server.stop();
  });

  it('comes to what core says, key by key and byte by byte, and leaves the rest as it was', async () => {
    const store = new RedisSessionStore(client, { clock: () => START, logger: SILENT, timeout: 10_000 });
    await fc.assert(
      fc.asyncProperty(carried, amendment, async (given, changes) => {
        const unknown = { amr: [], later: { empty: {}, number: 12345678901234567000, nothing: null } };
        const record: SessionRecord = { ...newSession(START), ...unknown, ...given };
        await store.create(record, UNLIMITED, START);
        const answer = await store.amend(record.id, changes, START);
        const expected = amended(record, changes);
        const left = expected === undefined ? record : { ...record, ...expected };
        expect(answer.outcome).toBe(expected === undefined ? 'too-large' : 'amended');
        expect(said(await store.find(record.id, START))).toEqual(said(left));
      }),
      { numRuns: 300 },
    );
    store.close();
  });
});

/** As JSON has it; nothing is left of a member that has none. */
function said(record: SessionRecord | undefined): unknown {
  return JSON.parse(
    JSON.stringify(record, (member, value: unknown) =>
      (member === 'details' || member === 'claims') && Object.keys(value ?? {}).length === 0
        ? undefined
        : value,
    ),
  );
}
