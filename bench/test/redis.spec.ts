import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { connect as dial, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import type { IoRedisClient } from 'nestjs-session-manager/redis';
import { connectRedis } from '../src/contestants/connect-redis.js';
import { oursOnRedis } from '../src/contestants/ours-on-redis.js';
import type { SessionKeeper } from '../src/contestants/session-keeper.js';
import { connect, type Connected } from '../src/redis/connect.js';
import { DelayingProxy } from '../src/redis/delaying-proxy.js';
import { filledServer, type FilledServer } from '../src/redis/filled-server.js';
import { missingRedis, redisProgram } from '../src/redis/redis-program.js';
import { RedisServer } from '../src/redis/redis-server.js';
import { proveLeaving } from '../src/workload/keeper-proofs.js';
import { describeWithRedis } from '../../libs/session/test/stores/redis/redis-server.js';

describe('redisProgram', () => {
  it('is what TEST_REDIS_SERVER names, or none where the PATH has none either; that is told', () => {
    expect(redisProgram({ TEST_REDIS_SERVER: '/opt/valkey-server', PATH: '' })).toBe('/opt/valkey-server');
    expect(missingRedis({ TEST_REDIS_SERVER: '/opt/valkey-server', PATH: '' })).toBeUndefined();
    expect(missingRedis({ PATH: '/nowhere' })).toMatch(/no redis-server/);
  });
});

describe('DelayingProxy', () => {
  const DELAY = 20;
  let echo: Server;
  let proxy: DelayingProxy;
  let socket: Socket;

  beforeAll(async () => {
    echo = createServer((client) => client.pipe(client)).listen(0, '127.0.0.1');
    await once(echo, 'listening');
    proxy = await DelayingProxy.to((echo.address() as AddressInfo).port, DELAY);
    socket = dial(proxy.port, '127.0.0.1').setNoDelay();
    await once(socket, 'connect');
  });

  afterAll(() => {
    socket.destroy();
    proxy.close();
    echo.close();
  });

  it('hands on no byte before its time, in either direction', async () => {
    const sent = performance.now();
    socket.write('ping');
    await once(socket, 'data');
    // A reading of the clock may be coarser than what it measures.
    expect(performance.now() - sent).toBeGreaterThan(2 * DELAY - 1);
  });

  it('keeps the order of what comes in pieces', async () => {
    const pieces = Array.from({ length: 50 }, (_, number) => `${number};`);
    for (const piece of pieces) {
      socket.write(piece);
      await new Promise(setImmediate);
    }
    let received = '';
    while (received.length < pieces.join('').length) received += String(await once(socket, 'data'));
    expect(received).toBe(pieces.join(''));
  });
});

describeWithRedis('RedisServer', () => {
  let server: RedisServer;
  let connected: Connected;
  let raw: IoRedisClient;

  beforeAll(async () => {
    server = await RedisServer.start();
    connected = await connect('ioredis', server.port);
    raw = connected.client as IoRedisClient;
  });

  afterAll(() => {
    connected.end();
    server.stop();
  });

  const put = (key: string, bytes: number) =>
    raw.eval(`redis.call('SET', 'x:${key}', string.rep('x', ${bytes})) return 1`, 0);

  it('tells the bytes that are kept, for each operation, and forgets them', async () => {
    const stop = await server.keptBytesEach();
    for (let number = 0; number < 10; number += 1) await put(String(number), 100_000);
    expect(await stop(10)).toBeGreaterThan(99_000);
    await server.flush();
    expect(await connected.client.get('x:1')).toBeNull();
    expect(await stop(10)).toBeLessThan(50_000);
  });

  it('tells the processor time of the server, and not that of its clients', async () => {
    const stop = await server.cpuTime();
    await raw.eval(`for i = 1, 5000000 do end return 1`, 0);
    const ofWork = await stop(1);
    const again = await server.cpuTime();
    for (let sum = 0; sum < 5_000_000;) sum += 1;
    expect(await again(1)).toBeLessThan(ofWork);
  });
});

describeWithRedis('keepers of sessions on Redis', () => {
  const USERS = ['alice', 'bob', 'carol'];
  let server: RedisServer;
  let connected: Connected | undefined;

  beforeAll(async () => {
    server = await RedisServer.start();
  });

  afterEach(async () => {
    connected?.end();
    await server.flush();
  });

  afterAll(() => server.stop());

  it.each(['ioredis', 'node-redis'] as const)(
    'find a user who is there, and no one who has left: %s',
    async (driver) => {
      const { client } = (connected = await connect(driver, server.port));
      for (const keeper of [await oursOnRedis(client, USERS), await connectRedis(client, USERS)]) {
        expect(keeper.credentials).toHaveLength(3);
        await proveLeaving(keeper, USERS);
        expect(await keeper.visit(keeper.credentials[0]!)).toBe('alice');
        expect(await keeper.visit(keeper.credentials[1]!)).toBe('bob');
      }
    },
  );

  it.each<[string, Partial<SessionKeeper>, string]>([
    ['who has left', { leave: async () => undefined }, 'lax finds carol, who has left'],
    ['nobody', { visit: async () => undefined }, 'lax finds undefined where carol has logged in'],
    ['somebody else', { visit: async () => 'bob' }, 'lax finds bob where carol has logged in'],
  ])('end the run where they find %s', async (_whom, fault, told) => {
    const strict: SessionKeeper = {
      name: 'lax',
      credentials: ['a', 'b', 'c'],
      visit: async () => 'carol',
      leave: async () => undefined,
    };
    await expect(proveLeaving({ ...strict, ...fault }, USERS)).rejects.toThrow(told);
  });
});

describeWithRedis('filledServer', () => {
  let filled: FilledServer;

  afterEach(() => filled.stop());

  it('has as many sessions as asked for, and names them, the oldest first', async () => {
    filled = await filledServer(200);
    const { store, ids } = filled;
    expect(await store.count(Date.now())).toBe(200);
    const page = await store.browse({ limit: 1000 }, Date.now());
    expect(page!.records.map(({ id }) => id).reverse()).toEqual([...ids]);
  });
});
