import { once } from 'node:events';
import type { Server } from 'node:http';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { DEFAULT_CONFIG } from '../src/config/default-config.js';
import { BoundedQueue, QueueFullError } from '../src/users/bounded-queue.js';
import { createUsersFile } from '../src/users/users-file.js';
import { hashPassword } from '../src/users/password-hash.js';
import { ADAPTERS } from './support/adapters.js';
import type { TestApp } from './support/test-app.js';
import { CHEAP } from './support/test-users.js';

const { verify, ...argon2 } = await import('@node-rs/argon2');

/** Every check that was begun, and what holds it up; the checks themselves are real. */
const checks: { readonly hash: string; readonly password: string }[] = [];
let running = 0;
let mostAtOnce = 0;
let open = () => {};
let gate = Promise.resolve();

jest.unstable_mockModule('@node-rs/argon2', () => ({
  ...argon2,
  verify: async (hash: string, password: string) => {
    checks.push({ hash, password });
    mostAtOnce = Math.max(mostAtOnce, ++running);
    await gate;
    try {
      return await verify(hash, password);
    } finally {
      running--;
    }
  },
}));
// Imported after the mock, which would not reach them otherwise.
const { useTestApps } = await import('./support/use-test-apps.js');

function holdChecks(): void {
  gate = new Promise((resolve) => (open = resolve));
}

/** Resolves when the condition holds; the application answers others meanwhile. */
async function until(condition: () => boolean, app: TestApp): Promise<void> {
  while (!condition()) await app.me().expect(401);
}

describe.each(ADAPTERS)('Checks of passwords on %s', (_, makeAdapter) => {
  const apps = useTestApps(makeAdapter);

  beforeEach(() => {
    checks.length = 0;
    mostAtOnce = 0;
  });
  afterEach(() => {
    open();
    jest.restoreAllMocks();
  });

  it('are 2 at a time while 32 wait, and the login after these is 503 with Retry-After', async () => {
    const app = await apps.open({ passwordChecks: DEFAULT_CONFIG.passwordChecks });
    holdChecks();
    const refused: { status: number; headers: Record<string, string> }[] = [];
    const logins = Array.from({ length: 40 }, async () => {
      const answer = await app.tryLogin('alice', 'wrong');
      if (answer.status === 503) refused.push(answer);
      return answer.status;
    });
    await until(() => refused.length >= 6, app);
    expect(running).toBe(2);
    open();
    const statuses = (await Promise.all(logins)).sort();
    expect(statuses).toEqual([...Array(34).fill(401), ...Array(6).fill(503)]);
    expect(mostAtOnce).toBe(2);
    for (const { headers } of refused) expect(headers['retry-after']).toMatch(/^\d+$/);
    await app.login();
  });

  it('are spared for a client that goes away while it waits', async () => {
    const app = await apps.open({ passwordChecks: { atOnce: 1, waiting: 1 } });
    const server = app.app.getHttpServer() as Server;
    const asked = jest.spyOn(BoundedQueue.prototype, 'run');
    holdChecks();
    const first = app.tryLogin('alice', 'first').then(({ status }) => status);
    await until(() => running === 1, app);

    const accepted = once(server, 'connection') as Promise<[Socket]>;
    const { hostname, port } = new URL(app.url);
    const client = connect(Number(port), hostname);
    const body = '{"username":"alice","password":"second"}';
    const head = `POST /auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${body.length}`;
    client.write(`${head}\r\n\r\n${body}`);
    const [connection] = await accepted;
    await until(() => asked.mock.calls.length === 2, app);
    client.destroy();
    await once(connection, 'close');

    const third = app.tryLogin('alice', 'third').then(({ status }) => status);
    await until(() => asked.mock.calls.length === 3, app);
    open();
    expect(await first).toBe(401);
    expect(await third).toBe(401);
    expect(checks.map(({ password }) => password)).toEqual(['first', 'third']);
    expect(app.logger.lines.filter((line) => line.startsWith('error'))).toEqual([]);
  });

  it.each(['alice', 'nobody'])(
    'are put off after bad ones for the same account, which is never locked out: %s',
    async (username) => {
      const PAUSE = 3_600_000;
      const app = await apps.open({ loginPauses: [0, 0, PAUSE] });
      const paused: (() => void)[] = [];
      const { setTimeout } = globalThis;
      jest
        .spyOn(globalThis, 'setTimeout')
        .mockImplementation(((run: () => void, delay: number) =>
          delay === PAUSE ? paused.push(run) : setTimeout(run, delay)) as typeof setTimeout);
      for (let i = 0; i < 2; i++) await app.tryLogin(username, 'wrong').expect(401);

      for (let i = 0; i < 3; i++) {
        const guess = app.tryLogin(username, 'wrong').then(({ status }) => status);
        await until(() => paused.length === 1, app);
        paused.pop()!();
        expect(await guess).toBe(401);
      }
      // Others are not slowed down, and the right password opens after the pause, and ends it.
      await app.login('bob');
      const login = app.tryLogin(username).then(({ status }) => status);
      await until(() => paused.length === 1, app);
      paused.pop()!();
      expect(await login).toBe(username === 'alice' ? 200 : 401);
      if (username === 'alice') await app.login('alice');
    },
  );

  it('cost the same for known and unknown names, whatever the hashes were made with', async () => {
    const app = await apps.open();
    // A cost that was raised counts for new hashes only.
    const raised = await apps.reopen(app, { passwordCost: { ...CHEAP, memoryCost: 64 } });
    checks.length = 0;
    await raised.tryLogin('alice', 'wrong').expect(401);
    for (let i = 0; i < 20; i++) await raised.tryLogin(`nobody ${i}`, 'wrong').expect(401);
    expect(new Set(checks.map(costOf))).toEqual(new Set(['$argon2id$v=19$m=8,t=1,p=1']));
  });

  it('cost an unknown name the same each time, where hashes cost differently', async () => {
    const app = await apps.open({ dataDir: await folderWithTwoCosts() });
    const costs = async () => {
      checks.length = 0;
      for (let i = 0; i < 20; i++) await app.tryLogin(`nobody ${i}`, 'wrong').expect(401);
      return checks.map(costOf);
    };
    const once = await costs();
    expect(new Set(once).size).toBe(2);
    expect(await costs()).toEqual(once);
  });

  async function folderWithTwoCosts(): Promise<string> {
    const dataDir = await apps.tempFolder();
    await createUsersFile(join(dataDir, 'users.json'), [
      { username: 'alice', role: 'admin', passwordHash: await hashPassword('x', CHEAP) },
      {
        username: 'bob',
        role: 'reader',
        passwordHash: await hashPassword('x', { ...CHEAP, memoryCost: 64 }),
      },
    ]);
    return dataDir;
  }
});

/** What a hash says that it costs: all of it but salt and digest. */
function costOf({ hash }: { readonly hash: string }): string {
  return hash.split('$').slice(0, -2).join('$');
}

describe('BoundedQueue', () => {
  const held = () => {
    let release = () => {};
    const work = new Promise<void>((resolve) => (release = resolve));
    return { work: () => work, release };
  };

  it('goes on after work that failed', async () => {
    const queue = new BoundedQueue({ atOnce: 1, waiting: 1 });
    await expect(queue.run(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await queue.run(async () => 'done')).toBe('done');
  });

  it('keeps the order of coming, and gives a place that was left to the next', async () => {
    const queue = new BoundedQueue({ atOnce: 1, waiting: 2 });
    const first = held();
    const done: string[] = [];
    const running = queue.run(first.work);
    const leaving = new AbortController();
    const left = queue.run(async () => void done.push('left'), leaving.signal);
    const second = queue.run(async () => void done.push('second'));
    await expect(queue.run(async () => undefined)).rejects.toThrow(QueueFullError);
    leaving.abort(new Error('gone'));
    await expect(left).rejects.toThrow('gone');
    const third = queue.run(async () => void done.push('third'));
    first.release();
    await Promise.all([running, second, third]);
    expect(done).toEqual(['second', 'third']);
  });
});
