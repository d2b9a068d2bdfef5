import { afterAll, beforeAll, describe, it } from '@jest/globals';
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { freePort, onPath, takesConnections } from '../../support/ports.js';

const run = promisify(execFile);

/** The program that tests start: of `TEST_REDIS_SERVER`, or from the PATH. */
export const PROGRAM = process.env['TEST_REDIS_SERVER'] ?? onPath('redis-server');

/** Those that were started and not stopped: a test that fails may leave one. */
const running = new Set<RedisServer>();
afterAll(async () => {
  await Promise.all([...running].map((server) => server.stop()));
});

/** Where there is no server the tests are skipped, and loudly; in CI that is a failure. */
export function describeWithRedis(name: string, body: () => void): void {
  if (PROGRAM !== undefined) {
    describe(name, body);
    return;
  }
  const missing = 'no redis-server on the PATH, and TEST_REDIS_SERVER names none';
  if (process.env['CI']) {
    describe(name, () => {
      it('finds a redis-server', () => {
        throw new Error(missing);
      });
    });
    return;
  }
  process.stderr.write(`\nSKIPPED: ${name}: ${missing}\n`);
  describe.skip(name, body);
}

/** A private server on a free port of this machine, in a temporary folder, that keeps nothing unless told. */
export class RedisServer {
  readonly port: number;
  readonly #settings: readonly string[];
  readonly #folder = mkdtempSync(join(tmpdir(), 'nsm-redis-'));
  #process: ChildProcess | undefined;

  private constructor(port: number, settings: readonly string[]) {
    this.port = port;
    this.#settings = settings;
  }

  /** @param settings as on its command line: `'--maxmemory', '5mb'`. */
  static async start(...settings: string[]): Promise<RedisServer> {
    for (let attempts = 1; ; attempts += 1) {
      const server = new RedisServer(await freePort(), settings);
      running.add(server);
      try {
        await server.run();
        return server;
      } catch (error) {
        await server.stop();
        // Somebody else took the port in between.
        if (attempts === 5) throw error;
      }
    }
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** Starts it, on the same port and in the same folder as before; resolves once it takes connections. */
  async run(): Promise<void> {
    const settings = ['--port', String(this.port), '--bind', '127.0.0.1', '--dir', this.#folder];
    const quiet = ['--save', '', '--appendonly', 'no', '--loglevel', 'warning'];
    const child = spawn(PROGRAM!, [...settings, ...quiet, ...this.#settings], { stdio: 'ignore' });
    this.#process = child;
    for (;;) {
      if (child.exitCode !== null) throw new Error(`redis-server ended with ${child.exitCode}`);
      if (await takesConnections(this.port)) return;
      await pause(5);
    }
  }

  /** SIGSTOP: connections stay, and nobody answers. */
  freeze(): void {
    this.#process?.kill('SIGSTOP');
  }

  /** SIGCONT. */
  thaw(): void {
    this.#process?.kill('SIGCONT');
  }

  /** SIGKILL; resolves once it is gone. */
  async kill(): Promise<void> {
    const child = this.#process;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
  }

  /** What it kept goes, unless told to be kept. */
  async restart(): Promise<void> {
    await this.kill();
    await this.run();
  }

  /** Ends it and all that it has left. */
  async stop(): Promise<void> {
    running.delete(this);
    await this.kill();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** The same with a private cluster of three masters that have a third of the slots each, whose ports are known to tests. */
export function describeWithCluster(name: string, body: (ports: () => readonly number[]) => void): void {
  describeWithRedis(name, () => {
    let cluster: Awaited<ReturnType<typeof startCluster>>;
    beforeAll(async () => {
      cluster = await startCluster();
    });
    body(() => cluster.ports);
    // Last: who uses it lets go of it before.
    afterAll(() => cluster.stop());
  });
}

async function startCluster(): Promise<{ ports: readonly number[]; stop(): Promise<void> }> {
  const settings = ['--cluster-enabled', 'yes', '--cluster-node-timeout', '2000'];
  const servers = await Promise.all([1, 2, 3].map(() => RedisServer.start(...settings)));
  const ports = servers.map(({ port }) => port);
  const stop = async () => {
    await Promise.all(servers.map((server) => server.stop()));
  };
  try {
    const nodes = ports.map((port) => `127.0.0.1:${port}`);
    const cli = PROGRAM!.replace(/redis-server$/, 'redis-cli');
    await run(cli, ['--cluster', 'create', ...nodes, '--cluster-yes']);
    for (const port of ports) await untilClusterIsWell(cli, port);
    return { ports, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function untilClusterIsWell(cli: string, port: number): Promise<void> {
  for (;;) {
    const { stdout } = await run(cli, ['-p', String(port), 'cluster', 'info']);
    if (stdout.includes('cluster_state:ok')) return;
    await pause(20);
  }
}

/** What lies on a server, but for the note of how a namespace is spread, which whoever comes first leaves. */
export async function keysOn(
  client: { keys(pattern: string): Promise<string[]> },
  pattern = '*',
): Promise<string[]> {
  return (await client.keys(pattern)).filter((key) => !key.endsWith(':partitions')).sort();
}
