import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { RedisApiTokenStore } from '../../../src/stores/redis/redis-api-token.store.js';
import { RedisSessionStore } from '../../../src/stores/redis/redis-session.store.js';
import { MemoryLogger } from '../../support/memory-logger.js';
import { Redis } from 'ioredis';
import type { ConnectedClient } from '../../stores/redis/clients.js';
import { describeWithRedis, RedisServer } from '../../stores/redis/redis-server.js';
import { redisWorker } from '../../stores/redis/redis-backends.js';
import { StoreWorkers } from '../../stores/shared/store-workers.js';
import { streamApp, until, type StreamApp } from './streams.js';

const namespace = 'streams';

/** What another process does to what this one has open. */
const ENDS = {
  'a logout': 'await manager.invalidateSession(args.accessToken)',
  'a revocation': 'await manager.invalidateSession({ sessionId: args.sessionId })',
  'an end of all of a user’s': "await manager.invalidateAllSessions('alice')",
  'an end of everything': 'await manager.invalidateEverySession()',
};

describeWithRedis('R8 streams on one Redis', () => {
  let server: RedisServer;
  let workers: StoreWorkers;
  let here: ConnectedClient;
  let started: StreamApp;

  beforeAll(async () => {
    server = await RedisServer.start();
    // It comes back so slowly that what happens meanwhile is lost for certain.
    const client = new Redis(server.port, '127.0.0.1', { retryStrategy: () => 500 });
    here = { client, end: () => client.disconnect() };
    workers = await StoreWorkers.start(1, redisWorker('ioredis', server.port));
    // A busy machine is no outage.
    const options = { namespace, timeout: 10_000, logger: new MemoryLogger() };
    started = await streamApp('Express', {
      store: new RedisSessionStore(here.client, options),
      apiTokenStore: new RedisApiTokenStore(here.client, options),
    });
  });

  afterAll(async () => {
    await started.close();
    workers.stop();
    here.end();
    await server.stop();
  });

  const elsewhere = (script: string, args: object) =>
    workers.together(`const manager = await managerOf('${namespace}'); ${script}`, args);

  it.each(Object.entries(ENDS))('close at %s in another process', async (_, script) => {
    const { accessToken, sessionId } = (await started.manager.createSession('alice'))!;
    const stream = await started.open(accessToken);
    await until(() => stream.text().includes('data: 1'));
    await elsewhere(script, { accessToken, sessionId });
    await stream.closed;
    await until(() => started.connections.size === 0);
  });

  it('of an API token close when another process revokes it', async () => {
    const { token, jti } = await started.manager.createApiToken('alice');
    const stream = await started.open(token, 'scripts');
    await until(() => stream.text().includes('data: 1'));
    await elsewhere('await manager.invalidateApiToken({ jti: args.jti })', { jti });
    await stream.closed;
  });

  it('close at an end whose news were lost, once news come again', async () => {
    const { accessToken } = (await started.manager.createSession('alice'))!;
    const { token, jti } = await started.manager.createApiToken('alice');
    const streams = [await started.open(accessToken), await started.open(token, 'scripts')];
    await until(() => streams.every((stream) => stream.text().includes('data: 1')));
    const cut = `await client.call('CLIENT', 'KILL', 'TYPE', 'pubsub');`;
    const ends =
      'await manager.invalidateSession(args.accessToken); await manager.invalidateApiToken({ jti: args.jti })';
    await elsewhere(`${cut} ${ends}`, { accessToken, jti });
    await Promise.all(streams.map(({ closed }) => closed));
  });

  it('stay open when another process refreshes their session', async () => {
    const { accessToken, refreshToken } = (await started.manager.createSession('alice'))!;
    const stream = await started.open(accessToken);
    await elsewhere('await manager.refreshSession(args.refreshToken)', { refreshToken });
    const before = stream.text().length;
    await until(() => stream.text().length > before);
    expect(started.connections.size).toBe(1);
    stream.leave();
    await until(() => started.connections.size === 0);
  });
});
