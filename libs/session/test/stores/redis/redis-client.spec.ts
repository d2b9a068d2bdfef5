import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { setTimeout as pause } from 'node:timers/promises';
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

  it('refuses a client of ioredis that answers numbers as texts, and says what to give instead', () => {
    const client = new Redis({ lazyConnect: true, stringNumbers: true });
    expect(() => redisConnection(client)).toThrow(/stringNumbers: false/);
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

  it('has plain replies of a client of node-redis that maps them to other types', async () => {
    const { createClient, RESP_TYPES } = await import('redis');
    const typeMapping = { [RESP_TYPES.BLOB_STRING]: Buffer, [RESP_TYPES.NUMBER]: String };
    const client = createClient({ url: server.url, commandOptions: { typeMapping } });
    client.on('error', () => undefined);
    await client.connect();
    const connection = redisConnection(client);
    const ours = connection.duplicate();
    try {
      const both = script(`return { ARGV[1], 7 }`);
      for (const each of [connection, ours]) expect(await each.run(both, ['k'], ['x'])).toEqual(['x', 7]);
      expect(await connection.wait(1, 1)).toBe(0);
      expect(await connection.setting('maxmemory-policy')).toBe('noeviction');
    } finally {
      ours.close();
      client.destroy();
    }
  });

  it.each([{ maxRetriesPerRequest: 0 }, { commandTimeout: 1 }])(
    'of ioredis hears the news of a server that comes up after it, with %j',
    async (options) => {
      const late = await RedisServer.start();
      await late.kill();
      const client = new Redis(late.port, '127.0.0.1', { ...options, retryStrategy: () => 5 });
      let failures = 0;
      const tried = new Promise<void>((resolve) => {
        client.on('error', () => (failures += 1) === 5 && resolve());
      });
      const ours = redisConnection(client).duplicate();
      try {
        const heard = new Promise<string>((resolve) => {
          ours.subscribe('news', resolve).catch((error: unknown) => resolve(String(error)));
        });
        await tried;
        await late.run();
        await publishUntilHeard(late, heard);
        expect(await heard).toBe('hello');
      } finally {
        ours.close();
        client.disconnect();
        await late.stop();
      }
    },
  );

  it('of ioredis hears the news again after a lost connection, also without autoResubscribe', async () => {
    const client = new Redis(server.port, '127.0.0.1', { autoResubscribe: false });
    const ours = redisConnection(client).duplicate();
    try {
      let told: (message: string) => void = () => undefined;
      await ours.subscribe('news', (message) => told(message));
      await client.call('CLIENT', 'KILL', 'TYPE', 'pubsub');
      const heard = new Promise<string>((resolve) => (told = resolve));
      await publishUntilHeard(server, heard);
      expect(await heard).toBe('hello');
    } finally {
      ours.close();
      client.disconnect();
    }
  });

  it.each(['ioredis', 'node-redis (RESP3)'])(
    'of %s tells when news come again, and not before',
    async (name) => {
      const connected = await CLIENTS[name]!(server.port);
      const ours = redisConnection(connected.client).duplicate();
      const admin = new Redis(server.port, '127.0.0.1');
      try {
        let heard = false;
        await ours.subscribe('news', () => (heard = true));
        const back = new Promise<void>((resolve) => ours.onBack(resolve));
        await admin.call('CLIENT', 'KILL', 'TYPE', 'pubsub');
        await back;
        expect(await admin.publish('news', 'hello')).toBe(1);
        await until(() => Promise.resolve(heard));
      } finally {
        admin.disconnect();
        ours.close();
        connected.end();
      }
    },
  );

  it('of node-redis that is closed while it connects leaves nothing on the server', async () => {
    const { createClient } = await import('redis');
    const client = createClient({ url: server.url, name: 'closed-early' });
    client.on('error', () => undefined);
    await client.connect();
    const ours = redisConnection(client).duplicate();
    const subscribed = ours.subscribe('news', () => undefined);
    ours.close();
    await expect(subscribed).rejects.toThrow();
    await until(async () => named(await client.sendCommand(['CLIENT', 'LIST'])) === 1);
    client.destroy();
  });

  it('tells of a client of node-redis without a listener of errors', async () => {
    const { createClient } = await import('redis');
    const client = createClient();
    expect(redisConnection(client).endsTheProcess).toBe(true);
    client.on('error', () => undefined);
    expect(redisConnection(client).endsTheProcess).toBe(false);
  });
});

/** How many connections the server has of that test. */
function named(clients: unknown): number {
  return String(clients).split('name=closed-early').length - 1;
}

/** Publishes until somebody has listened, or nobody will: for three seconds. */
async function publishUntilHeard({ port }: RedisServer, heard: Promise<string>): Promise<void> {
  const publisher = new Redis(port, '127.0.0.1');
  let isHeard = false;
  void heard.then(() => (isHeard = true));
  try {
    await until(async () => {
      await publisher.publish('news', 'hello');
      return isHeard;
    });
  } finally {
    publisher.disconnect();
  }
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 3000;
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new Error('It did not come to that within three seconds');
    await pause(5);
  }
}
