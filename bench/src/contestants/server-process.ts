import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Greeting, Platform } from '../servers/server.js';

/**
 * A server in use is never idle. While others take their turns it is, and V8 then frees its memory every 100 seconds,
 * with the optimised code of what is not in flight: the next 8,000 requests would cost up to five times as much.
 */
const FLAGS = ['--no-memory-reducer'];
const SERVE = fileURLToPath(new URL('../servers/serve.js', import.meta.url));

/** The process of a server, and what it tells; it ends with this one, however this one ends. */
export class ServerProcess {
  readonly #child: ChildProcess;
  readonly #ended = new AbortController();

  constructor(name: string, platform: Platform) {
    const env = { ...process.env, NODE_ENV: 'production' };
    this.#child = fork(SERVE, [name, platform], { execArgv: FLAGS, env });
    this.#child.once('exit', (code) => {
      this.#ended.abort(`${name} on ${platform} ended, with exit code ${code}`);
    });
  }

  greeting(): Promise<Greeting> {
    return this.#told<Greeting>();
  }

  cpuUsage(): Promise<NodeJS.CpuUsage> {
    this.#child.send('cpuUsage');
    return this.#told<NodeJS.CpuUsage>();
  }

  stop(): void {
    this.#child.kill();
  }

  async #told<T>(): Promise<T> {
    const [message] = (await once(this.#child, 'message', { signal: this.#ended.signal })) as [T];
    return message;
  }
}
