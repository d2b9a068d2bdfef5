import { mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { ADAPTERS } from './support/adapters.js';
import { statusOfPath } from './support/raw-request.js';
import type { TestApp } from './support/test-app.js';
import { useTestApp, useTestApps } from './support/use-test-apps.js';

const DEMO = '/datasets/demo/files';
const FILE = `${DEMO}/measurements.csv`;

const upload = (app: TestApp, path: string, token: string, content: Buffer | string) =>
  app
    .send('put', path, token)
    .set('Content-Type', 'application/x-www-form-urlencoded')
    .send(content.toString());

describe.each(ADAPTERS)('Datasets on %s', (_, makeAdapter) => {
  const apps = useTestApps(makeAdapter);
  const theApp = useTestApp(makeAdapter);

  it('an admin may do everything', async () => {
    const app = theApp();
    const { access_token: token } = await app.login('alice');
    await app.send('put', '/datasets/trial-1', token).expect(201, { name: 'trial-1' });
    await app.send('put', '/datasets/trial-1', token).expect(409);
    await app.send('get', '/datasets', token).expect(200, [{ name: 'demo' }, { name: 'trial-1' }]);
    await upload(app, '/datasets/trial-1/files/a.txt', token, 'a=1&b=2').expect(200, {
      name: 'a.txt',
      size: 7,
    });
    await app.send('get', '/datasets/trial-1/files', token).expect(200, [{ name: 'a.txt', size: 7 }]);
    const read = await app.send('get', '/datasets/trial-1/files/a.txt', token).buffer().expect(200);
    expect(read.body.toString()).toBe('a=1&b=2');
    expect(read.headers).toMatchObject({
      'content-type': 'application/octet-stream',
      'content-length': '7',
      'content-disposition': 'attachment; filename="a.txt"',
      'x-content-type-options': 'nosniff',
    });
    await app.send('delete', '/datasets/trial-1/files/a.txt', token).expect(204);
    await app.send('delete', '/datasets/trial-1/files/a.txt', token).expect(404);
    await app.send('delete', '/datasets/trial-1', token).expect(204);
    await app.send('delete', '/datasets/trial-1', token).expect(404);
    await app.send('get', '/datasets', token).expect(200, [{ name: 'demo' }]);
  });

  it('a reader may read only', async () => {
    const app = theApp();
    const { access_token: token } = await app.login('bob');
    await app.send('get', '/datasets', token).expect(200, [{ name: 'demo' }]);
    await app.send('get', DEMO, token).expect(200);
    await app.send('get', FILE, token).expect(200);
    await upload(app, `${DEMO}/new.txt`, token, 'x').expect(403);
    await app.send('delete', FILE, token).expect(403);
    await app.send('put', '/datasets/mine', token).expect(403);
    await app.send('delete', '/datasets/demo', token).expect(403);
    await app.send('get', FILE, token).expect(200);
  });

  it.each(['application/json', 'application/octet-stream', 'text/plain', 'multipart/form-data; boundary=x'])(
    'an upload keeps its bytes whatever it says to be: %s',
    async (type) => {
      const app = theApp();
      const { access_token } = await app.login();
      const content = Buffer.from([0, 255, 123, 34, 10, 13, 0xc3, 0x28]);
      const sent = app.send('put', `${DEMO}/bytes`, access_token).set('Content-Type', type);
      sent.write(content);
      await sent.expect(200, { name: 'bytes', size: content.length });
      const read = await app.send('get', `${DEMO}/bytes`, access_token).buffer().expect(200);
      expect(Buffer.compare(read.body, content)).toBe(0);
      await app.send('delete', `${DEMO}/bytes`, access_token).expect(204);
    },
  );

  it('an upload replaces a file as a whole, and may be empty', async () => {
    const app = await apps.open();
    const { access_token: token } = await app.login();
    await upload(app, FILE, token, 'short').expect(200, { name: 'measurements.csv', size: 5 });
    await app.send('put', FILE, token).expect(200, { name: 'measurements.csv', size: 0 });
    await app.send('get', DEMO, token).expect(200, [{ name: 'measurements.csv', size: 0 }]);
  });

  it('an upload over the limit is 413, changes nothing and leaves nothing behind', async () => {
    const app = await apps.open({ maxUploadBytes: 1000 });
    const { access_token: token } = await app.login();
    await upload(app, FILE, token, 'x'.repeat(1001)).expect(413);
    const chunked = app.send('put', FILE, token).set('Transfer-Encoding', 'chunked');
    for (let i = 0; i < 20; i++) chunked.write('x'.repeat(100));
    await chunked.expect(413);
    await app.send('get', DEMO, token).expect(200, [{ name: 'measurements.csv', size: 77 }]);
    expect(await readdir(join(app.dataDir, 'datasets', 'demo'))).toEqual(['measurements.csv']);
    await upload(app, FILE, token, 'x'.repeat(1000)).expect(200);
  });

  it('what is not there is 404', async () => {
    const app = theApp();
    const { access_token: token } = await app.login();
    for (const path of ['/datasets/none/files', '/datasets/none/files/a', `${DEMO}/none`]) {
      await app.send('get', path, token).expect(404);
    }
    await upload(app, '/datasets/none/files/a', token, 'x').expect(404);
    await app.send('get', '/datasets', token).expect(200, [{ name: 'demo' }]);
  });

  it.each([
    '..',
    '%2e%2e',
    '..%2f..',
    '%2e%2e%2fsecret.key',
    '%2fetc%2fpasswd',
    '.hidden',
    'a%00',
    'a%5c..',
    '-',
    '%20',
  ])('no name leads out of the folder: %s', async (name) => {
    const app = theApp();
    const { access_token: token } = await app.login();
    const paths = [`/datasets/${name}/files`, `${DEMO}/${name}`, `/datasets/${name}/files/secret.key`];
    for (const path of paths) {
      for (const method of ['get', 'put', 'delete'] as const) {
        // Not through supertest: it would resolve the dots before they are sent.
        const status = await statusOfPath(app.url, method.toUpperCase(), path, token);
        expect([400, 404]).toContain(status);
      }
    }
    expect((await readdir(app.dataDir)).sort()).toEqual(['datasets', 'secret.key', 'users.json']);
  });

  it('no symbolic link is followed', async () => {
    const app = await apps.open();
    const { access_token: token } = await app.login();
    const datasets = join(app.dataDir, 'datasets');
    await symlink(app.dataDir, join(datasets, 'escape'));
    await symlink(join(app.dataDir, 'secret.key'), join(datasets, 'demo', 'key'));
    await app.send('get', '/datasets', token).expect(200, [{ name: 'demo' }]);
    await app.send('get', DEMO, token).expect(200, [{ name: 'measurements.csv', size: 77 }]);
    await app.send('get', `${DEMO}/key`, token).expect(404);
    await app.send('get', '/datasets/escape/files', token).expect(404);
    await app.send('get', '/datasets/escape/files/secret.key', token).expect(404);
    await app.send('delete', '/datasets/escape/files/secret.key', token).expect(404);
    await app.send('delete', '/datasets/escape', token).expect(404);
    await upload(app, '/datasets/escape/files/new', token, 'x').expect(404);
    // Writing puts a file in the link's place, and leaves what it pointed to.
    await upload(app, `${DEMO}/key`, token, 'x').expect(200);
    expect((await apps.reopen(app)).url).toBeDefined();
  });

  it('a folder or a file in the wrong place is no error of ours', async () => {
    const app = await apps.open();
    const { access_token: token } = await app.login();
    const datasets = join(app.dataDir, 'datasets');
    await mkdir(join(datasets, 'demo', 'folder'));
    await writeFile(join(datasets, 'file'), 'x');
    await app.send('get', `${DEMO}/folder`, token).expect(404);
    await app.send('delete', `${DEMO}/folder`, token).expect(404);
    await upload(app, `${DEMO}/folder`, token, 'x').expect(409);
    await app.send('get', '/datasets/file/files', token).expect(404);
    await app.send('put', '/datasets/file', token).expect(409);
    await app.send('delete', '/datasets/file', token).expect(404);
  });
});

describe.each(ADAPTERS)('API tokens for datasets on %s', (_, makeAdapter) => {
  const apps = useTestApps(makeAdapter);

  /** An application with the datasets demo and other, and an API token of alice. */
  async function withToken(options: object, username = 'alice') {
    const app = await apps.open();
    await mkdir(join(app.dataDir, 'datasets', 'other'));
    const { api_token } = await app.createApiToken((await app.login(username)).access_token, options);
    return { app, token: api_token };
  }

  it('H2 one that may read a dataset may do just that', async () => {
    const { app, token } = await withToken({ datasets: { demo: ['read'] } });
    await app.send('get', '/datasets', token).expect(200, [{ name: 'demo' }]);
    await app.send('get', DEMO, token).expect(200);
    await app.send('get', FILE, token).expect(200);
    for (const [method, path] of [
      ['put', FILE],
      ['delete', FILE],
      ['put', '/datasets/new'],
      ['delete', '/datasets/demo'],
      ['get', '/datasets/other/files'],
      ['get', '/datasets/other/files/a'],
      ['put', '/datasets/other/files/a'],
    ] as const) {
      const { headers } = await app.send(method, path, token).expect(403);
      expect(headers['www-authenticate']).toBe('Bearer error="insufficient_scope"');
    }
  });

  it('no API token opens a route about sessions or tokens', async () => {
    for (const options of [{}, { datasets: { demo: ['read', 'write', 'manage_users'] } }]) {
      const { app, token } = await withToken(options);
      for (const [method, path] of [
        ['get', '/auth/me'],
        ['get', '/auth/sessions'],
        ['delete', '/auth/sessions'],
        ['delete', '/auth/sessions/x'],
        ['post', '/auth/api-tokens'],
        ['get', '/auth/api-tokens'],
        ['delete', '/auth/api-tokens/x'],
      ] as const) {
        await app.send(method, path, token).expect(401);
      }
    }
  });

  it('each right opens what it names and no more', async () => {
    const { app, token } = await withToken({
      datasets: { demo: ['write'], other: ['delete'], made: ['create'] },
    });
    await upload(app, `${DEMO}/new`, token, 'x').expect(200);
    await app.send('get', `${DEMO}/new`, token).expect(403);
    await app.send('delete', `${DEMO}/new`, token).expect(403);
    await app.send('delete', '/datasets/other', token).expect(204);
    await app.send('put', '/datasets/made', token).expect(201);
    await app.send('get', '/datasets', token).expect(200, []);
  });

  it('one without datasets may what its owner may', async () => {
    const { app, token } = await withToken({});
    await app.send('get', '/datasets', token).expect(200, [{ name: 'demo' }, { name: 'other' }]);
    await upload(app, `${DEMO}/new`, token, 'x').expect(200);
  });

  it('one with no datasets at all may nothing', async () => {
    const { app, token } = await withToken({ datasets: {} });
    await app.send('get', '/datasets', token).expect(200, []);
    await app.send('get', DEMO, token).expect(403);
  });

  it('none may more than its owner', async () => {
    const { app, token } = await withToken({}, 'bob');
    await app.send('get', FILE, token).expect(200);
    await upload(app, FILE, token, 'x').expect(403);
    await app.send('delete', FILE, token).expect(403);
    await app
      .send('get', '/datasets/demo/files', token)
      .expect(200, [{ name: 'measurements.csv', size: 77 }]);
  });
});
