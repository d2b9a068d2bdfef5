import { describe, expect, it } from '@jest/globals';
import { ADAPTERS } from './support/adapters.js';
import { filesIn } from './support/files-in.js';
import { useTestApp, useTestApps } from './support/use-test-apps.js';

describe.each(ADAPTERS)('The strategy no-auth on %s', (_, makeAdapter) => {
  const apps = useTestApps(makeAdapter);
  const open = () => apps.open({ strategy: 'no-auth' });
  const theApp = useTestApp(makeAdapter, { strategy: 'no-auth' });

  it('makes everyone admin, with any token and without', async () => {
    const app = theApp();
    for (const token of [undefined, 'anything', 'x.y.z']) {
      const { body } = await app.me(token).expect(200);
      expect(body).toMatchObject({ username: 'admin', role: 'admin' });
    }
  });

  it('takes any login, and any token for a refresh', async () => {
    const app = theApp();
    const { body } = await app.tryLogin('whoever', 'whatever').expect(200);
    expect(body).toMatchObject({ token_type: 'Bearer', expires_in: 3600 });
    const refreshed = await app.tryRefresh('anything').expect(200);
    expect(refreshed.body.access_token).toBe(body.access_token);
  });

  it('opens what takes a role', async () => {
    const app = await open();
    await app.send('put', '/datasets/demo/files/new').send('x').expect(200);
    await app.send('delete', '/datasets/demo').expect(204);
  });

  it('has one session, which does not end', async () => {
    const app = theApp();
    const { session_id, access_token } = await app.login();
    const { body } = await app.send('get', '/auth/sessions').expect(200);
    expect(body).toMatchObject([{ session_id, current: true, active: true }]);
    await app.send('post', '/auth/logout', access_token).expect(204);
    await app.send('delete', `/auth/sessions/${session_id}`).expect(204);
    await app.send('delete', '/auth/sessions').expect(200, { sessions: 0 });
    await app.me(access_token).expect(200);
  });

  it('has no API tokens', async () => {
    const app = theApp();
    await app.send('post', '/auth/api-tokens').send({}).expect(501);
    await app.send('get', '/auth/api-tokens').expect(501);
    await app.send('delete', '/auth/api-tokens/x').expect(501);
  });

  it('makes no key and no users', async () => {
    const app = await open();
    const names = [...(await filesIn(app.dataDir)).keys()].map((path) => path.slice(app.dataDir.length + 1));
    expect(names).toEqual(['datasets/demo/measurements.csv']);
  });

  it('warns at the start', async () => {
    const app = theApp();
    expect(app.logger.lines).toContainEqual(expect.stringMatching(/^warn .*makes everyone an administrator/));
  });
});
