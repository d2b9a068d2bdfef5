import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { recordHistories } from '../shared/histories.campaigns.js';
import { REDIS } from './redis-backends.js';
import { describeWithRedis, RedisServer } from './redis-server.js';

const SEED = Number(process.env['SEED'] ?? 20_260_101);

describeWithRedis('C1 what several ask of one session on Redis at once, in a long campaign', () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await RedisServer.start();
  });
  afterAll(() => server.stop());
  /** Each by another driver. */
  const connect = (asker: number) => Object.values(REDIS)[asker % 3]!.connect(server.port);

  it('is answered as if they had asked one after the other, stops of the server included', async () => {
    const { calls, unknown, impossible } = await recordHistories(server, connect, {
      histories: 2000,
      seed: SEED,
    });
    process.stdout.write(
      `redis: 2000 histories of ${calls} calls, ${unknown} without an answer, ${impossible.length} not linearizable; seed ${SEED}\n`,
    );
    expect(impossible).toEqual([]);
    expect(unknown).toBeGreaterThan(100);
  });
});
