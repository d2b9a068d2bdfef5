import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { recordHistories } from '../shared/histories.campaigns.js';
import { REDIS } from './redis-backends.js';
import { describeWithRedis, RedisServer } from './redis-server.js';

describeWithRedis('C1 what several ask of one session on Redis at once', () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await RedisServer.start();
  });
  afterAll(() => server.stop());
  /** Each by another driver. */
  const connect = (asker: number) => Object.values(REDIS)[asker % 3]!.connect(server.port);

  it('is answered as if they had asked one after the other, stops of the server included', async () => {
    const { unknown, impossible } = await recordHistories(server, connect, { histories: 30, seed: 1 });
    expect(impossible).toEqual([]);
    expect(unknown).toBeGreaterThan(0);
  });

  it('would be noticed if it were not: an answer that is another one fits into no order', async () => {
    const altered = (answer: string) => (answer === 'rotated 2' ? 'rotated 3' : answer);
    const { impossible } = await recordHistories(server, connect, { histories: 30, seed: 1, altered });
    expect(impossible).not.toEqual([]);
  });
});
