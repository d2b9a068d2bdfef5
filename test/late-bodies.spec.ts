import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { SessionManager } from 'nestjs-session-manager';
import { ADAPTERS } from './support/adapters.js';
import { beginRequest } from './support/slow-request.js';
import type { TestApp } from './support/test-app.js';
import { testClock } from './support/test-clock.js';
import { useTestApps } from './support/use-test-apps.js';

const FILES = '/datasets/demo/files';

const beginMint = (app: TestApp, token: string) =>
  beginRequest(`${app.url}/auth/api-tokens`, 'POST', jsonBy(token), '{"label":');

const beginUpload = (app: TestApp, token: string) =>
  beginRequest(`${app.url}${FILES}/late.txt`, 'PUT', { Authorization: `Bearer ${token}` }, 'half ');

const jsonBy = (token: string) => ({
  Authorization: `Bearer ${token}`,
  'Content-Type': 'application/json',
});

describe.each(ADAPTERS)('A body that is long in coming on %s', (_, makeAdapter) => {
  const apps = useTestApps(makeAdapter);

  it('R1 mints no API token once the session that asked for it is over', async () => {
    const app = await apps.open();
    const { access_token } = await app.login();
    const mint = await beginMint(app, access_token);
    await app.send('post', '/auth/logout', access_token).expect(204);
    const { status } = await mint.finish('"late"}');
    expect(status).toBe(401);
    expect(await app.app.get(SessionManager).listApiTokens('alice')).toEqual([]);
  });

  it('R2 mints no API token once all sessions of its user are over, whoever has logged in since', async () => {
    const app = await apps.open();
    const { access_token } = await app.login();
    const mint = await beginMint(app, access_token);
    await app.app.get(SessionManager).invalidateAllSessions('alice');
    await app.login();
    const { status } = await mint.finish('"late"}');
    expect(status).toBe(401);
    expect(await app.app.get(SessionManager).listApiTokens('alice')).toEqual([]);
  });

  it('E1 mints no API token once the access token has expired', async () => {
    const clock = testClock();
    const app = await apps.open({ session: { clock } });
    const mint = await beginMint(app, (await app.login()).access_token);
    clock.advance(1000);
    expect((await mint.finish('"late"}')).status).toBe(401);
  });

  it('R1 writes no file once the session that sends it is over, and leaves nothing behind', async () => {
    const app = await apps.open();
    const { access_token } = await app.login();
    const upload = await beginUpload(app, access_token);
    await app.send('post', '/auth/logout', access_token).expect(204);
    expect((await upload.finish('file')).status).toBe(401);
    expect(await readdir(join(app.dataDir, 'datasets', 'demo'))).toEqual(['measurements.csv']);
  });

  it('R1 writes no file once the API token that sends it is over', async () => {
    const app = await apps.open();
    const { access_token } = await app.login();
    const { api_token, jti } = await app.createApiToken(access_token);
    const upload = await beginUpload(app, api_token);
    await app.send('delete', `/auth/api-tokens/${jti}`, access_token).expect(204);
    expect((await upload.finish('file')).status).toBe(401);
    await app.send('get', FILES, access_token).expect(200, [{ name: 'measurements.csv', size: 77 }]);
  });

  it('R1 renews nothing once the session is over', async () => {
    const app = await apps.open();
    const { access_token, refresh_token } = await app.login();
    const type = { 'Content-Type': 'application/json' };
    const refresh = await beginRequest(`${app.url}/auth/refresh`, 'POST', type, '{"refresh_token":');
    await app.send('post', '/auth/logout', access_token).expect(204);
    expect((await refresh.finish(`"${refresh_token}"}`)).status).toBe(401);
  });

  it('is no error of ours when its sender goes away, and holds nothing up', async () => {
    const app = await apps.open();
    const { access_token } = await app.login();
    for (const begin of [beginMint, beginUpload]) (await begin(app, access_token)).abandon();
    const demo = join(app.dataDir, 'datasets', 'demo');
    await app.me(access_token).expect(200);
    await apps.close(app);
    // The half of a file goes as soon as the disk says so.
    while ((await readdir(demo)).length > 1) await setImmediate();
    expect(app.logger.lines.filter((line) => line.startsWith('error'))).toEqual([]);
  });

  it('is taken as ever while the session lives', async () => {
    const app = await apps.open();
    const { access_token } = await app.login();
    const mint = await beginMint(app, access_token);
    const upload = await beginUpload(app, access_token);
    expect((await mint.finish('"late"}')).status).toBe(201);
    expect(await upload.finish('file')).toEqual({ status: 200, body: '{"name":"late.txt","size":9}' });
  });
});
