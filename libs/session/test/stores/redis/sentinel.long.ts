import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { createSentinel } from 'redis';
import { RedisSessionStore } from '../../../src/stores/redis/redis-session.store.js';
import type { RedisClient } from '../../../src/stores/redis/redis-client.js';
import { newSession, UNLIMITED } from '../../../src/testing/session-store.contract/fixtures.js';
import { SILENT } from '../../../src/testing/silent-logger.js';
import { freePort } from '../../support/ports.js';
import { describeWithRedis, PROGRAM, RedisServer } from './redis-server.js';

const NAME = 'sessions';
const DOWN_AFTER = 1000;

interface Watched {
  readonly client: RedisClient;
  readonly end: () => void;
}

const CLIENTS: Record<string, (ports: readonly number[]) => Promise<Watched>> = {
  ioredis: async (ports) => {
    const sentinels = ports.map((port) => ({ host: '127.0.0.1', port }));
    const client = new Redis({ sentinels, name: NAME, sentinelRetryStrategy: () => 100 });
    client.on('error', () => undefined);
    await client.ping();
    return { client, end: () => client.disconnect() };
  },
  'node-redis': async (ports) => {
    const sentinelRootNodes = ports.map((port) => ({ host: '127.0.0.1', port }));
    const client = createSentinel({ name: NAME, sentinelRootNodes, scanInterval: 500 });
    client.on('error', () => undefined);
    await client.connect();
    return { client, end: () => void client.destroy() };
  },
};

describeWithRedis('Sessions under Sentinel', () => {
  let master: RedisServer;
  let replica: RedisServer;
  let sentinels: { port: number; process: ChildProcess; folder: string }[];

  beforeEach(async () => {
    master = await RedisServer.start();
    replica = await RedisServer.start('--replicaof', '127.0.0.1', String(master.port));
    sentinels = await Promise.all([1, 2, 3].map(() => startSentinel(master.port)));
    for (const { port } of sentinels) await untilItKnowsAll(port);
  });
  afterEach(async () => {
    for (const { process, folder } of sentinels) {
      process.kill('SIGKILL');
      rmSync(folder, { recursive: true, force: true });
    }
    await Promise.all([master.stop(), replica.stop()]);
  });

  it.each(Object.keys(CLIENTS))(
    'R6 a master that is killed is 503 until another has taken over, and then all is well, over %s',
    async (driver) => {
      const { client, end } = await CLIENTS[driver]!(sentinels.map(({ port }) => port));
      const store = new RedisSessionStore(client, { logger: SILENT });
      await store.ping();
      const record = newSession(Math.floor(store.clock() / 1000) * 1000);
      await store.create(record, UNLIMITED, store.clock());
      await untilReplicated(replica.port, record.id);
      await master.kill();
      const killed = performance.now();
      const outcomes = new Map<string, number>();
      let wellAfter = Infinity;
      for (let inRow = 0; inRow < 20 && performance.now() - killed < 20_000;) {
        const outcome = await Promise.resolve(store.access(record.id, 0, store.clock())).then(
          (answer) => (answer === undefined ? 'not there' : 'there'),
          (error: { code?: string }) => error.code ?? 'odd',
        );
        outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
        inRow = outcome === 'there' ? inRow + 1 : 0;
        if (inRow === 1) wellAfter = performance.now() - killed;
        await pause(20);
      }
      process.stdout.write(
        `sentinel, ${driver}: well ${Math.round(wellAfter)} ms after the master was killed; ${JSON.stringify([...outcomes])}\n`,
      );
      expect(
        [...outcomes.keys()].filter((outcome) => !['there', 'SESSION_STORE_UNAVAILABLE'].includes(outcome)),
      ).toEqual([]);
      expect(wellAfter).toBeLessThan(10_000);
      store.close();
      end();
    },
  );
});

/** A sentinel of three, two of which agree. */
async function startSentinel(masterPort: number) {
  const folder = mkdtempSync(join(tmpdir(), 'nsm-sentinel-'));
  const port = await freePort();
  const file = join(folder, 'sentinel.conf');
  writeFileSync(
    file,
    [
      `port ${port}`,
      'bind 127.0.0.1',
      `dir ${folder}`,
      `sentinel monitor ${NAME} 127.0.0.1 ${masterPort} 2`,
      `sentinel down-after-milliseconds ${NAME} ${DOWN_AFTER}`,
      `sentinel failover-timeout ${NAME} 5000`,
    ].join('\n'),
  );
  return { port, folder, process: spawn(PROGRAM!, [file, '--sentinel'], { stdio: 'ignore' }) };
}

async function untilItKnowsAll(port: number): Promise<void> {
  const client = new Redis({ port, host: '127.0.0.1', retryStrategy: () => 50 });
  client.on('error', () => undefined);
  for (;;) {
    const reply = (await client.call('SENTINEL', 'master', NAME)) as string[];
    const told = Object.fromEntries(
      Array.from({ length: reply.length / 2 }, (_, place) => [reply[2 * place], reply[2 * place + 1]]),
    ) as Record<string, string>;
    if (told['num-slaves'] === '1' && told['num-other-sentinels'] === '2') break;
    await pause(50);
  }
  client.disconnect();
}

async function untilReplicated(port: number, id: string): Promise<void> {
  const client = new Redis(port, '127.0.0.1');
  while ((await client.exists(`{nsm}:s:${id}`)) === 0) await pause(10);
  client.disconnect();
}
