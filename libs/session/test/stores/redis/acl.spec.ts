import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createSessionManager } from '../../../src/compose/create-session-manager.js';
import { RedisApiTokenStore } from '../../../src/stores/redis/redis-api-token.store.js';
import { RedisSessionStore } from '../../../src/stores/redis/redis-session.store.js';
import { MemoryLogger } from '../../support/memory-logger.js';
import { describeWithRedis, RedisServer } from './redis-server.js';

const GUIDE = readFileSync(join(import.meta.dirname, '../../../../../docs/guides/scaling.md'), 'utf8');
const [, RIGHTS = ''] = /```text\n(-@all [^`]+)```/.exec(GUIDE)!;

describeWithRedis('A user of Redis with the rights that the guide to scaling names', () => {
  let server: RedisServer;
  let admin: Redis;
  beforeAll(async () => {
    server = await RedisServer.start('--appendonly', 'yes');
    admin = new Redis(server.port, '127.0.0.1');
    await admin.call('ACL', 'SETUSER', 'app', 'on', '>secret', ...RIGHTS.trim().split(/\s+/));
  });
  afterAll(async () => {
    admin.disconnect();
    await server.stop();
  });

  it('may do all that the stores do, and nothing is refused', async () => {
    const client = new Redis({ port: server.port, host: '127.0.0.1', username: 'app', password: 'secret' });
    const logger = new MemoryLogger();
    const store = new RedisSessionStore(client, {
      logger,
      timeout: 10_000,
      nearCache: { max: 10, maxStaleness: 1000 },
    });
    const manager = await createSessionManager({
      strategy: 'jwt',
      secretKey: Uint8Array.from({ length: 64 }, (_, at) => at),
      store,
      apiTokenStore: new RedisApiTokenStore(client, { logger, timeout: 10_000 }),
      maxConcurrentSessions: 3,
      maxSessionsPerUser: 2,
      onLimit: { all: 'evict-oldest', user: 'evict-idle' },
      idleTimeout: 600,
      logger,
    });
    const first = (await manager.createSession('alice', { label: 'phone' }))!;
    for (const user of ['alice', 'alice', 'bob', 'carol', 'dave']) await manager.createSession(user);
    const kept = (await manager.createSession('eve'))!;
    await manager.validateSession(kept.accessToken);
    await manager.refreshSession(kept.refreshToken);
    await expect(manager.validateSession(first.accessToken)).rejects.toMatchObject({ reason: 'evicted' });
    await manager.updateSession({ sessionId: kept.sessionId }, { details: { label: 'x' } });
    await manager.browseSessions();
    await manager.listSessions('eve');
    const { token, jti } = await manager.createApiToken('eve');
    await manager.validateSession(token);
    await manager.browseApiTokens();
    await manager.invalidateApiToken({ jti });
    await manager.invalidateSession({ sessionId: kept.sessionId });
    await manager.invalidateAllSessions('dave');
    await manager.invalidateEverySession();
    await manager.cleanupExpiredSessions();
    await manager.nActiveSessions();
    await manager.close();
    expect(logger.entries).toEqual([]);
    const refused = (await admin.call('ACL', 'LOG')) as unknown[];
    expect(refused).toEqual([]);
    client.disconnect();
  });
});
