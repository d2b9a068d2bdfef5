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
import { createSessionManager } from './compose/create-session-manager.js';
import { client, storesOf } from './worker-stores.js';

const quiet = { debug() {}, log() {}, warn() {}, error() {} };
// That of the managers of tests, which use the same tokens.
const secretKey = Uint8Array.from({ length: 64 }, (_, at) => at);

/** A manager over shared stores; managers of one namespace are replicas of one another. */
async function managerOf(namespace, options = {}, storeOptions = {}) {
  const { store, apiTokenStore } = await storesOf(namespace, { logger: quiet, ...storeOptions });
  const apiTokens = options.strategy === 'token' ? {} : { apiTokenStore };
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

/** Where workers get their stores from. */
export interface WorkerKind {
  /** A module that exports `client`, and `storesOf(namespace, options)`; it finds the library beside itself. */
  readonly stores: string;
  /** Of the process. */
  readonly arguments: readonly string[];
}

interface Worker {
  readonly process: ChildProcessByStdio<Writable, Readable, null>;
  readonly answers: AsyncIterator<string>;
}

/** Replicas of one application: processes of their own, on a copy of the library compiled as it stands. */
export class StoreWorkers {
  readonly #folder = mkdtempSync(join(tmpdir(), 'nsm-replicas-'));
  readonly #workers: Worker[] = [];

  private constructor({ stores }: WorkerKind) {
    compileInto(this.#folder, stores);
  }

  static async start(count: number, kind: WorkerKind): Promise<StoreWorkers> {
    const workers = new StoreWorkers(kind);
    for (let index = 0; index < count; index += 1) workers.#start(kind);
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

  #start(kind: WorkerKind): void {
    const child = spawn(process.execPath, ['worker.js', ...kind.arguments], {
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

function compileInto(folder: string, stores: string): void {
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  writeFileSync(join(folder, 'worker.js'), WORKER);
  writeFileSync(join(folder, 'worker-stores.js'), stores);
  linkPackages(join(folder, 'node_modules'));
  const files = readdirSync(SOURCES, { recursive: true, encoding: 'utf8' });
  for (const file of files.filter((name) => name.endsWith('.ts') && !LEFT_OUT.test(name))) {
    const { code } = transformFileSync(join(SOURCES, file), { sourceMaps: false });
    const compiled = join(folder, file.replace(/\.ts$/, '.js'));
    mkdirSync(dirname(compiled), { recursive: true });
    writeFileSync(compiled, code);
  }
}
