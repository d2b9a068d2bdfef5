import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { SessionConfigurationError } from '../../../src/core/errors.js';
import { isAnswer, redisConnection } from '../../../src/stores/redis/redis-client.js';
import { script } from '../../../src/stores/redis/script.js';
import { CLIENTS, type ConnectedClient } from './clients.js';
import { describeWithRedis, RedisServer } from './redis-server.js';

describe('redisConnection', () => {
  it.each([undefined, null, 'redis://localhost', {}, { get: () => null }])(
    'refuses %p, and names both drivers',
    (given) => {
      expect(() => redisConnection(given)).toThrow(SessionConfigurationError);
      expect(() => redisConnection(given)).toThrow(/ioredis.*node-redis/);
    },
  );

  it('refuses a client of ioredis that moves its keys', () => {
    const client = new Redis({ lazyConnect: true, keyPrefix: 'app:' });
    expect(() => redisConnection(client)).toThrow(/keyPrefix/);
  });
});

describe('isAnswer', () => {
  it.each([
    'OOM command not allowed',
    'READONLY You can’t write',
    'ERR unknown',
    'TRYAGAIN Multiple keys',
    '-OOM command',
  ])('takes “%s” for an answer', (message) => expect(isAnswer(new Error(message))).toBe(true));

  it.each([
    'LOADING Redis is loading',
    'MASTERDOWN Link',
    'CLUSTERDOWN Hash slot',
    'Connection is closed.',
    'connect ECONNREFUSED',
  ])('does not take “%s” for one', (message) => expect(isAnswer(new Error(message))).toBe(false));
});

describeWithRedis('a connection', () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await RedisServer.start();
  });
  afterAll(() => server.stop());

  describe.each(Object.entries(CLIENTS))('of %s', (_name, connect) => {
    let connected: ConnectedClient;
    beforeAll(async () => {
      connected = await connect(server.port);
    });
    afterAll(() => connected.end());

    it('runs a script that the server does not know yet, with plain replies', async () => {
      const echo = script(`-- ${Math.random()}\nreturn { KEYS[1], ARGV[1], 7, false, { 'x' } }`);
      const connection = redisConnection(connected.client);
      for (let time = 0; time < 2; time += 1) {
        expect(await connection.run(echo, ['k'], [5])).toEqual(['k', '5', 7, null, ['x']]);
      }
    });

    it('reads a key, and null for one that is not there', async () => {
      const connection = redisConnection(connected.client);
      await connection.run(script(`return redis.call('SET', KEYS[1], ARGV[1])`), ['k'], ['v']);
      expect([await connection.get('k'), await connection.get('none')]).toEqual(['v', null]);
    });

    it('waits for no replica where there is none, and reads a setting', async () => {
      const connection = redisConnection(connected.client);
      expect(await connection.wait(1, 1)).toBe(0);
      expect(await connection.setting('maxmemory-policy')).toBe('noeviction');
      expect(await connection.setting('no-such-setting')).toBeUndefined();
    });

    it('has a duplicate that is told what is published, until it is closed', async () => {
      const connection = redisConnection(connected.client);
      const ours = connection.duplicate();
      const channel = `news-${Math.random()}`;
      const hello = script(`return redis.call('PUBLISH', ARGV[1], 'hello')`);
      const heard = new Promise((resolve, reject) => {
        ours.subscribe(channel, resolve).then(() => connection.run(hello, ['k'], [channel]), reject);
      });
      expect(await heard).toBe('hello');
      ours.close();
      expect(await connection.get('none')).toBeNull();
    });
  });

  it('tells of a client of node-redis without a listener of errors', async () => {
    const { createClient } = await import('redis');
    const client = createClient();
    expect(redisConnection(client).endsTheProcess).toBe(true);
    client.on('error', () => undefined);
    expect(redisConnection(client).endsTheProcess).toBe(false);
  });
});
