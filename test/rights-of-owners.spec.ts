import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import type { Role } from '../src/users/user.js';
import { UserDirectory } from '../src/users/user-directory.js';
import { ADAPTERS } from './support/adapters.js';
import type { TestApp } from './support/test-app.js';
import { useTestApps } from './support/use-test-apps.js';

const FILE = '/datasets/demo/files/measurements.csv';

/** As a user directory would answer that is changed while the application runs. */
function changeRole(username: string, role: Role | null): void {
  const found = role === null ? null : { username, role };
  jest.spyOn(UserDirectory.prototype, 'find').mockReturnValue(found);
}

/** What keeps a token off: the guard of the library, before the application's own check of roles. */
async function expectRefused(app: TestApp, method: 'put' | 'delete', path: string, token: string) {
  const { headers } = await app.send(method, path, token).expect(403);
  expect(headers['www-authenticate']).toBe('Bearer error="insufficient_scope"');
}

describe.each(ADAPTERS)('Rights of the owners of API tokens on %s', (_, makeAdapter) => {
  const apps = useTestApps(makeAdapter);

  afterEach(() => {
    jest.restoreAllMocks();
  });

  it.each([{ datasets: { demo: ['read', 'write', 'delete'], other: ['create'] } }, {}])(
    'an admin who is made a reader writes with no token of old, from the next request on: %j',
    async (options) => {
      const app = await apps.open();
      const { access_token } = await app.login('alice');
      const { api_token: token } = await app.createApiToken(access_token, options);
      await app.send('put', FILE, token).expect(200);
      changeRole('alice', 'reader');
      await expectRefused(app, 'put', FILE, token);
      await expectRefused(app, 'delete', FILE, token);
      await expectRefused(app, 'put', '/datasets/other', token);
      await app.send('get', FILE, token).expect(200);
      changeRole('alice', null);
      await app.send('get', FILE, token).expect(401);
      changeRole('alice', 'admin');
      await app.send('put', FILE, token).expect(200);
    },
  );

  it('what users.json says after a restart holds for tokens from before it', async () => {
    const app = await apps.open();
    const { access_token } = await app.login('alice');
    const { api_token: token } = await app.createApiToken(access_token, { datasets: { demo: ['write'] } });
    await app.send('put', FILE, token).expect(200);
    const path = join(app.dataDir, 'users.json');
    await writeFile(path, (await readFile(path, 'utf8')).replace('"admin"', '"reader"'));
    await expectRefused(await apps.reopen(app), 'put', FILE, token);
  });

  it('a reader makes no token that writes, now or after a promotion', async () => {
    const app = await apps.open();
    const { access_token } = await app.login('bob');
    const { body } = await app
      .send('post', '/auth/api-tokens', access_token)
      .send({ datasets: { demo: ['read', 'write'] } })
      .expect(400);
    expect(body.message).toBe('datasets: expected rights that the owner has, got "write" on "demo"');
    await app.send('get', '/auth/api-tokens', access_token).expect(200, []);
    const { api_token } = await app.createApiToken(access_token, { datasets: { demo: ['read'] } });
    changeRole('bob', 'admin');
    await expectRefused(app, 'put', FILE, api_token);
  });

  it('no API token makes another, or a session', async () => {
    const app = await apps.open();
    const { access_token } = await app.login('alice');
    const { api_token } = await app.createApiToken(access_token);
    await app.send('post', '/auth/api-tokens', api_token).send({ label: 'child' }).expect(401);
    await app.tryRefresh(api_token).expect(401);
    const { body: tokens } = await app.send('get', '/auth/api-tokens', access_token).expect(200);
    const { body: sessions } = await app.send('get', '/auth/sessions', access_token).expect(200);
    expect([tokens.length, sessions.length]).toEqual([1, 1]);
  });
});
