import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { describeWithRedis, RedisServer } from '../libs/session/test/stores/redis/redis-server.js';
import {
  describeWithPostgres,
  PostgresServer,
} from '../libs/session/test/stores/postgres/postgres-server.js';
import type { StoreChoice } from '../src/config/app-config.js';
import { ExpressAdapter } from '@nestjs/platform-express';
import { useTestApps } from './support/use-test-apps.js';

describeWithRedis('Two applications on one Redis server', () => {
  behaveAsOne(
    () => RedisServer.start('--appendonly', 'yes'),
    ({ url }) => ({ kind: 'redis', url }),
  );
});

describeWithPostgres('Two applications in one PostgreSQL database', () => {
  behaveAsOne(
    () => PostgresServer.start(),
    ({ url }) => ({ kind: 'postgres', url }),
  );
});

interface Server {
  readonly url: string;
  freeze(): void;
  thaw(): void;
  stop(): Promise<void>;
}

function behaveAsOne(start: () => Promise<Server>, storesOn: (server: Server) => StoreChoice): void {
  let server: Server;
  const apps = useTestApps(() => new ExpressAdapter());

  beforeAll(async () => {
    server = await start();
  });
  afterAll(() => server.stop());

  /** They share the folder of keys and users, as machines share secrets, and nothing else. */
  async function two() {
    const dataDir = await apps.tempFolder();
    // A busy machine takes its time.
    const stores = { ...storesOn(server), timeout: 2000 };
    return [await apps.open({ dataDir, stores }), await apps.open({ dataDir, stores })] as const;
  }

  it('a login at one is a session at the other, and a logout at one ends it at the other', async () => {
    const [one, other] = await two();
    const { access_token, refresh_token } = await one.login('alice');
    await other.me(access_token).expect(200);
    const renewed = await other.refresh(refresh_token);
    await one.me(renewed.access_token).expect(200);
    await other.send('post', '/auth/logout', renewed.access_token).expect(204);
    await one.me(renewed.access_token).expect(401);
  });

  it('an API token that is made at one is good at the other, until that one ends it', async () => {
    const [one, other] = await two();
    const { access_token } = await one.login('alice');
    const { api_token, jti } = await one.createApiToken(access_token, { datasets: { demo: ['read'] } });
    await other.send('get', '/datasets/demo/files', api_token).expect(200);
    await other.send('delete', `/auth/api-tokens/${jti}`, access_token).expect(204);
    await one.send('get', '/datasets/demo/files', api_token).expect(401);
  });

  it('answers 503 while the server is away, and lets its sessions in when it is back', async () => {
    const [one] = await two();
    const { access_token } = await one.login('alice');
    server.freeze();
    const away = await one.me(access_token);
    server.thaw();
    expect([away.status, away.headers['retry-after']]).toEqual([503, expect.any(String)]);
    let back = await one.me(access_token);
    for (let tries = 0; back.status === 503 && tries < 200; tries += 1) back = await one.me(access_token);
    expect(back.status).toBe(200);
  });
}
