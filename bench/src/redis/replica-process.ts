import { fork, type ChildProcess } from 'node:child_process';
import { on } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { News, Order } from './replica.js';

const REPLICA = fileURLToPath(new URL('./replica.js', import.meta.url));

/** Another process that shares the Redis server; it ends with this one, however this one ends. */
export class ReplicaProcess {
  readonly #child: ChildProcess;
  readonly #news: AsyncIterator<[News]>;
  readonly #ended = new AbortController();

  private constructor(port: number) {
    this.#child = fork(REPLICA, [String(port)]);
    this.#news = on(this.#child, 'message', { signal: this.#ended.signal }) as AsyncIterator<[News]>;
    this.#child.once('exit', (code) => this.#ended.abort(`A replica ended, with exit code ${code}`));
  }

  static async start(port: number): Promise<ReplicaProcess> {
    const replica = new ReplicaProcess(port);
    await replica.told('ready');
    return replica;
  }

  ask(order: Order): void {
    this.#child.send(order);
  }

  /** @throws Error where it tells anything else. */
  async told<Kind extends News['news']>(kind: Kind): Promise<Extract<News, { news: Kind }>> {
    const next = (await this.#news.next()) as IteratorYieldResult<[News]>;
    const [news] = next.value;
    if (news.news !== kind) throw new Error(`A replica is ${news.news} where ${kind} was due`);
    return news as Extract<News, { news: Kind }>;
  }

  stop(): void {
    this.#child.kill();
  }
}
