import { transformFileSync } from '@swc/core';
import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';

const SOURCES = fileURLToPath(new URL('../../../src', import.meta.url));
const PACKAGES = fileURLToPath(new URL('../../../../../node_modules', import.meta.url));
const OWN_PACKAGES = fileURLToPath(new URL('../../../node_modules', import.meta.url));
/** All of the library but its Nest face, which no worker needs. */
const LEFT_OUT = /^(nest|testing)(\/|$)|^index\.ts$/;

/** What runs in each worker: one script after another, as they come in on lines of their own. */
const WORKER = `
import { createInterface } from 'node:readline';
import { connect } from './connect.js';
import { createSessionManager } from './compose/create-session-manager.js';
import { RedisSessionStore } from './stores/redis/redis-session.store.js';
import { RedisApiTokenStore } from './stores/redis/redis-api-token.store.js';

const [driver, port] = process.argv.slice(2);
const client = await connect(driver, Number(port));
const quiet = { debug() {}, log() {}, warn() {}, error() {} };
const secretKey = new Uint8Array(64).fill(7);

/** A manager over Redis; managers of one namespace are replicas of one another. */
async function managerOf(namespace, options = {}, storeOptions = {}) {
  const store = new RedisSessionStore(client, { namespace, logger: quiet, ...storeOptions });
  const apiTokens = options.strategy === 'token' ? {}
    : { apiTokenStore: new RedisApiTokenStore(client, { namespace, logger: quiet, ...storeOptions }) };
  return createSessionManager({ strategy: 'jwt', secretKey, store, ...apiTokens, logger: quiet, ...options });
}

const say = (message) => process.stdout.write(JSON.stringify(message) + '\\n');
const AsyncFunction = (async () => {}).constructor;
say({ value: 'ready' });
for await (const line of createInterface({ input: process.stdin })) {
  const { script, args } = JSON.parse(line);
  try {
    say({ value: await new AsyncFunction('managerOf', 'args', 'client', script)(managerOf, args, client) });
  } catch (error) {
    say({ error: error.stack });
  }
}
process.exit();
`;

/** The one place where workers meet a driver; tests take it too. */
const CONNECT = `
import { Redis } from 'ioredis';
import { createClient } from 'redis';

export async function connect(driver, port) {
  if (driver === 'ioredis') return new Redis({ port, host: '127.0.0.1' }).on('error', () => {});
  return createClient({ socket: { port, host: '127.0.0.1' } }).on('error', () => {}).connect();
}
`;

interface Worker {
  readonly process: ChildProcessByStdio<Writable, Readable, null>;
  readonly answers: AsyncIterator<string>;
}

/** Replicas of one application: processes of their own, on a copy of the library compiled as it stands. */
export class RedisWorkers {
  readonly #folder = mkdtempSync(join(tmpdir(), 'nsm-replicas-'));
  readonly #workers: Worker[] = [];

  private constructor() {
    compileInto(this.#folder);
  }

  /** @param port of the Redis server that they share. */
  static async start(count: number, driver: 'ioredis' | 'node-redis', port: number): Promise<RedisWorkers> {
    const workers = new RedisWorkers();
    for (let index = 0; index < count; index += 1) workers.#start(driver, port);
    await Promise.all(workers.#workers.map(answerOf));
    return workers;
  }

  /**
   * Runs `script`, the body of an async function of `managerOf(namespace, options, storeOptions)`, `args` and `client`,
   * in all of them at once; answers what each returned.
   */
  async together<T>(script: string, args: object = {}): Promise<T[]> {
    this.#workers.forEach(({ process }, worker) =>
      process.stdin.write(`${JSON.stringify({ script, args: { ...args, worker } })}\n`),
    );
    return Promise.all(this.#workers.map((worker) => answerOf<T>(worker)));
  }

  stop(): void {
    for (const { process } of this.#workers) process.kill('SIGKILL');
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #start(driver: string, port: number): void {
    const child = spawn(process.execPath, ['worker.js', driver, String(port)], {
      cwd: this.#folder,
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const lines = createInterface({ input: child.stdout });
    this.#workers.push({ process: child, answers: lines[Symbol.asyncIterator]() });
  }
}

async function answerOf<T>({ answers }: Worker): Promise<T> {
  const { value: line, done } = await answers.next();
  if (done) throw new Error('A worker has ended');
  const { value, error } = JSON.parse(line) as { value: T; error?: string };
  if (error !== undefined) throw new Error(`In a worker: ${error}`);
  return value;
}

/** As the library finds them: its own first, since the workspace may have another version of one at its root. */
function linkPackages(target: string): void {
  mkdirSync(target);
  const names = new Set<string>();
  for (const folder of [OWN_PACKAGES, PACKAGES].filter(existsSync)) {
    for (const name of readdirSync(folder).filter((each) => !names.has(each))) {
      names.add(name);
      symlinkSync(join(folder, name), join(target, name));
    }
  }
}

function compileInto(folder: string): void {
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  writeFileSync(join(folder, 'worker.js'), WORKER);
  writeFileSync(join(folder, 'connect.js'), CONNECT);
  linkPackages(join(folder, 'node_modules'));
  const files = readdirSync(SOURCES, { recursive: true, encoding: 'utf8' });
  for (const file of files.filter((name) => name.endsWith('.ts') && !LEFT_OUT.test(name))) {
    const { code } = transformFileSync(join(SOURCES, file), { sourceMaps: false });
    const compiled = join(folder, file.replace(/\.ts$/, '.js'));
    mkdirSync(dirname(compiled), { recursive: true });
    writeFileSync(compiled, code);
  }
}
