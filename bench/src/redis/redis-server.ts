import { Redis } from 'ioredis';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Meter } from '../harness/contest.js';
import { missingRedis, redisProgram } from './redis-program.js';

/** A private server on a free port of this machine, in a temporary folder, which keeps nothing; it ends with this process. */
export class RedisServer {
  readonly port: number;
  readonly #folder: string;
  readonly #process: ChildProcess;
  /** The bench's own, by a socket that nobody else's server can have, and so that asking for figures is no contestant's work. */
  readonly #observer: Redis;
  readonly #stop = () => this.stop();

  private constructor(program: string, port: number) {
    this.port = port;
    this.#folder = mkdtempSync(join(tmpdir(), 'nsm-bench-redis-'));
    const socket = join(this.#folder, 'redis.sock');
    const place = [
      '--port',
      String(port),
      '--bind',
      '127.0.0.1',
      '--dir',
      this.#folder,
      '--unixsocket',
      socket,
    ];
    this.#process = spawn(program, [...place, '--save', '', '--appendonly', 'no'], { stdio: 'ignore' });
    this.#observer = new Redis({ path: socket, lazyConnect: true, maxRetriesPerRequest: null });
    this.#observer.on('error', () => undefined);
    process.once('exit', this.#stop);
  }

  /** @throws Error where there is no program, or it does not start. */
  static async start(): Promise<RedisServer> {
    const program = redisProgram();
    if (program === undefined) throw new Error(missingRedis());
    const server = new RedisServer(program, await freePort());
    try {
      await server.#untilReady();
      return server;
    } catch (error) {
      server.stop();
      throw error;
    }
  }

  /** Microseconds of the server's processor time for an operation, in its own code and in the kernel. */
  readonly cpuTime: Meter = async () => {
    const before = await this.#cpuMicroseconds();
    return async (operations) => ((await this.#cpuMicroseconds()) - before) / operations;
  };

  /** Bytes that the server uses after the round and did not before it, for each operation. */
  readonly keptBytesEach: Meter = async () => {
    const before = await this.#usedBytes();
    return async (operations) => ((await this.#usedBytes()) - before) / operations;
  };

  /** Forgets all that it holds. */
  async flush(): Promise<void> {
    await this.#observer.flushall();
  }

  stop(): void {
    process.off('exit', this.#stop);
    this.#observer.disconnect();
    this.#process.kill('SIGKILL');
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #untilReady(): Promise<void> {
    await once(this.#process, 'spawn');
    const ended = once(this.#process, 'exit').then(([code]) => {
      throw new Error(`redis-server ended with ${code}`);
    });
    await Promise.race([this.#observer.ping(), ended]);
    ended.catch(() => undefined);
  }

  async #cpuMicroseconds(): Promise<number> {
    const info = await this.#observer.info('cpu');
    const seconds = figureIn(info, 'used_cpu_user') + figureIn(info, 'used_cpu_sys');
    return seconds * 1e6;
  }

  async #usedBytes(): Promise<number> {
    return figureIn(await this.#observer.info('memory'), 'used_memory');
  }
}

function figureIn(info: string, name: string): number {
  const [, figure] = new RegExp(`^${name}:([\\d.]+)`, 'm').exec(info) ?? [];
  if (figure === undefined) throw new Error(`The Redis server does not tell its ${name}`);
  return Number(figure);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
