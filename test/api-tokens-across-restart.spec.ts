import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { ADAPTERS } from './support/adapters.js';
import { filesIn } from './support/files-in.js';
import { useTestApps } from './support/use-test-apps.js';

describe.each(ADAPTERS)('A restart on %s', (_, makeAdapter) => {
  const apps = useTestApps(makeAdapter);

  it('leaves API tokens and their limits as they were', async () => {
    const app = await apps.open();
    const { access_token } = await app.login();
    const all = await app.createApiToken(access_token, { label: 'all' });
    const demo = await app.createApiToken(access_token, { label: 'demo', datasets: { demo: ['read'] } });
    const again = await apps.reopen(app);
    await again.send('get', '/datasets/demo/files', all.api_token).expect(200);
    await again.send('get', '/datasets/demo/files', demo.api_token).expect(200);
    await again.send('get', '/datasets/other/files', demo.api_token).expect(403);
    const { body } = await again
      .send('get', '/auth/api-tokens', (await again.login()).access_token)
      .expect(200);
    expect(body).toMatchObject([
      { jti: all.jti, label: 'all' },
      { jti: demo.jti, label: 'demo' },
    ]);
  });

  it('leaves a revoked API token revoked', async () => {
    const app = await apps.open();
    const { access_token } = await app.login();
    const { jti, api_token } = await app.createApiToken(access_token);
    await app.send('delete', `/auth/api-tokens/${jti}`, access_token).expect(204);
    const again = await apps.reopen(app);
    await again.send('get', '/datasets', api_token).expect(401);
  });

  it('ends sessions, which live in memory', async () => {
    const app = await apps.open();
    const { access_token, refresh_token } = await app.login();
    const again = await apps.reopen(app);
    await again.me(access_token).expect(401);
    await again.tryRefresh(refresh_token).expect(401);
  });

  it('with another key ends API tokens', async () => {
    const app = await apps.open();
    const { api_token } = await app.createApiToken((await app.login()).access_token);
    await writeFile(join(app.dataDir, 'secret.key'), Buffer.alloc(64, 7));
    const again = await apps.reopen(app);
    await again.send('get', '/datasets', api_token).expect(401);
  });

  it('ends the rights of a user who is no more', async () => {
    const app = await apps.open();
    const { api_token } = await app.createApiToken((await app.login('bob')).access_token);
    await app.send('get', '/datasets', api_token).expect(200);
    const path = join(app.dataDir, 'users.json');
    const { users } = JSON.parse(await readFile(path, 'utf8')) as { users: { username: string }[] };
    await writeFile(path, JSON.stringify({ users: users.filter(({ username }) => username !== 'bob') }));
    const again = await apps.reopen(app);
    await again.send('get', '/datasets', api_token).expect(401);
    await again.tryLogin('bob').expect(401);
    await again.login('alice');
  });

  it('T3 nothing that logs in is in the data folder', async () => {
    const app = await apps.open();
    const { access_token, refresh_token } = await app.login();
    const { api_token, jti } = await app.createApiToken(access_token, { label: 'nightly' });
    const files = await filesIn(app.dataDir);
    expect(files.get(join(app.dataDir, 'api_token.txt'))?.toString()).toContain(jti);
    for (const content of files.values()) {
      for (const token of [access_token, refresh_token, api_token]) {
        expect(content.includes(token.slice(token.lastIndexOf('.') + 1))).toBe(false);
      }
      expect(content.includes('the password of alice')).toBe(false);
    }
  });
});
