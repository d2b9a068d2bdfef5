import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { ADAPTERS } from './support/adapters.js';
import { beginRequest } from './support/slow-request.js';
import type { TestApp } from './support/test-app.js';
import { passwordOf } from './support/test-users.js';
import { useTestApps } from './support/use-test-apps.js';

/** So short that a test may wait for it. */
const SHORT = 50;
/** So long that a test which waits for it fails. */
const LONG = 600_000;

const HALF_REQUESTS = [
  ['nothing at all', ''],
  ['a head without end', 'POST /auth/login HTTP/1.1\r\nHost: localhost\r\nX-Slow: '],
  [
    'a login whose body never ends',
    'POST /auth/login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{',
  ],
  [
    'the second request of a connection',
    'GET /auth/me HTTP/1.1\r\nHost: localhost\r\n\r\nGET /auth/me HTTP/1.1\r\nHost:',
  ],
] as const;

/** A connection over which these bytes came. */
async function connected(app: TestApp, bytes: string): Promise<Socket> {
  const { hostname, port } = new URL(app.url);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => undefined).resume();
  await once(socket, 'connect');
  if (bytes !== '') socket.write(bytes);
  // An answer to another client: the server has read what came before.
  await app.me().expect(401);
  return socket;
}

/** Resolves as soon as the application takes no connection any more. */
async function refusesConnections(app: TestApp): Promise<void> {
  const { hostname, port } = new URL(app.url);
  for (;;) {
    const socket = connect(Number(port), hostname);
    const refused = await once(socket, 'connect').then(
      () => false,
      () => true,
    );
    socket.destroy();
    if (refused) return;
  }
}

describe.each(ADAPTERS)('A shutdown on %s', (_, makeAdapter) => {
  const apps = useTestApps(makeAdapter);

  it.each(HALF_REQUESTS)('is not held by a client that sends %s', async (_name, bytes) => {
    const app = await apps.open({ shutdownGrace: SHORT });
    const socket = await connected(app, bytes);
    const gone = once(socket, 'close');
    await apps.close(app);
    await gone;
  });

  it('takes no connection any more, and lets what is under way finish', async () => {
    const app = await apps.open({ shutdownGrace: LONG });
    const body = JSON.stringify({ username: 'alice', password: passwordOf('alice') });
    const login = await beginRequest(
      `${app.url}/auth/login`,
      'POST',
      { 'Content-Type': 'application/json' },
      body.slice(0, 9),
    );
    const closed = apps.close(app);
    await refusesConnections(app);
    const { status } = await login.finish(body.slice(9));
    expect(status).toBe(200);
    await closed;
  });

  it('lets no further request in over a connection that is still open', async () => {
    const app = await apps.open({ shutdownGrace: LONG });
    const slow = await connected(
      app,
      'POST /auth/refresh HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n\r\n',
    );
    let answers = '';
    slow.on('data', (chunk) => (answers += String(chunk)));
    const gone = once(slow, 'close');
    const closed = apps.close(app);
    await refusesConnections(app);
    slow.write('{GET /auth/me HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await gone;
    await closed;
    expect(answers.match(/(?<=HTTP\/1\.1 )\d+/g)).toEqual(['415', '503']);
  });
});
