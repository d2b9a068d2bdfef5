import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { useTempFolders } from './support/use-test-apps.js';

const ROOT = join(import.meta.dirname, '..');
const MAIN = join(ROOT, 'dist', 'main.js');
const READY = /curl -s (http:\S+)\/auth\/login .* -d '(.*)'/;
const LISTENING = /Listening on (http:\S+)/;

describe('node dist/main.js', () => {
  const tempFolder = useTempFolders();
  const running = new Set<ChildProcess>();

  beforeAll(() => {
    if (!existsSync(MAIN)) throw new Error(`${MAIN} is missing: run "npm run build" first`);
  });

  afterEach(() => {
    for (const { pid } of running) killGroup(pid!);
    running.clear();
  });

  /** Starts it on a free port. */
  async function start(
    environment: NodeJS.ProcessEnv = {},
    [command, ...args]: readonly [string, ...string[]] = [process.execPath, MAIN],
  ) {
    const DATA_DIR = environment.DATA_DIR ?? (await tempFolder());
    const { PATH, NODE_ENV } = process.env;
    const child = spawn(command, args, {
      cwd: ROOT,
      env: { PATH, NODE_ENV, PORT: '0', ...environment, DATA_DIR },
      stdio: ['ignore', 'pipe', 'pipe'],
      // A group of its own, so that nothing is left of it but what the test wants.
      detached: true,
    });
    running.add(child);
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
    let ended = false;
    const exit = once(child, 'close').then(([code, signal]) => {
      ended = true;
      return { code: code as number | null, signal: signal as string | null, output };
    });
    return {
      child,
      exit,
      dataDir: DATA_DIR,
      /** What it printed, as soon as the pattern is in it. */
      printed: async (pattern: RegExp): Promise<RegExpExecArray> => {
        for (;;) {
          const match = pattern.exec(output);
          if (match) return match;
          if (ended) throw new Error(`It ended before it printed ${pattern}:\n${output}`);
          await Promise.race([once(child.stdout, 'data'), exit]);
        }
      },
    };
  }

  it('prints a login that works, and ends with 0 on SIGTERM', async () => {
    const { child, exit, printed } = await start();
    const [, url = '', body = ''] = await printed(READY);
    const login = await request(url)
      .post('/auth/login')
      .set('Content-Type', 'application/json')
      .send(body)
      .expect(200);
    const me = await request(url)
      .get('/auth/me')
      .set('Authorization', `Bearer ${login.body.access_token}`)
      .expect(200);
    expect(me.body).toMatchObject({ username: 'alice', role: 'admin' });
    child.kill('SIGTERM');
    expect(await exit).toMatchObject({ code: 0, signal: null });
  });

  // Without the build that goes before it, which `npm run test:guides` has done.
  it('ends with the SIGTERM that npm start was sent', async () => {
    const { child, exit, printed } = await start({ SESSION_STRATEGY: 'no-auth' }, [
      'npm',
      'start',
      '--ignore-scripts',
    ]);
    const [, url = ''] = await printed(LISTENING);
    child.kill('SIGTERM');
    await exit;
    await expect(request(url).get('/docs')).rejects.toThrow('ECONNREFUSED');
  });

  it('prints passwords on the first start only, and serves the same API tokens on the second', async () => {
    const first = await start();
    const [, url = '', body = ''] = await first.printed(READY);
    const { password } = JSON.parse(body) as { password: string };
    const login = await request(url).post('/auth/login').send({ username: 'alice', password }).expect(200);
    const { body: created } = await request(url)
      .post('/auth/api-tokens')
      .set('Authorization', `Bearer ${login.body.access_token}`)
      .send({})
      .expect(201);
    first.child.kill('SIGTERM');
    await first.exit;

    const second = await start({ DATA_DIR: first.dataDir });
    const [, again = ''] = await second.printed(LISTENING);
    await request(again).get('/datasets').set('Authorization', `Bearer ${created.api_token}`).expect(200);
    second.child.kill('SIGINT');
    const { code, output } = await second.exit;
    expect(code).toBe(0);
    expect(output).not.toContain('password');
    expect(output).not.toContain(password);
  });

  it('serves the OpenAPI page with its scripts', async () => {
    const { printed } = await start({ SESSION_STRATEGY: 'no-auth' });
    const [, url = ''] = await printed(LISTENING);
    await request(url).get('/docs').expect(200);
    await request(url).get('/docs/swagger-ui-bundle.js').expect(200);
  });

  it('says what is wrong and ends with 1: an unknown strategy', async () => {
    const { exit } = await start({ SESSION_STRATEGY: 'magic' });
    const { code, output } = await exit;
    expect(code).toBe(1);
    expect(output).toContain(
      'Cannot start: SESSION_STRATEGY: expected jwt, token, single, no-auth, got "magic"',
    );
  });

  it('says what is wrong and ends with 1: a key too short', async () => {
    const DATA_DIR = await tempFolder();
    await writeFile(join(DATA_DIR, 'secret.key'), 'short', { mode: 0o600 });
    const { code, output } = await (await start({ DATA_DIR })).exit;
    expect(code).toBe(1);
    expect(output).toMatch(/Cannot start: .*secret\.key: expected at least 64 bytes, got 5/);
  });

  it('says what is wrong and ends with 1: no-auth in production', async () => {
    const { exit } = await start({ SESSION_STRATEGY: 'no-auth', NODE_ENV: 'production' });
    const { code, output } = await exit;
    expect(code).toBe(1);
    expect(output).toContain('allowInProduction');
  });
});

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
