import { setTimeout as pause } from 'node:timers/promises';
import { SECOND } from '../../util/clock.js';
import { Listeners } from '../../util/listeners.js';
import type { NewsConnection } from '../remote/news.js';
import type { PostgresPool, PostgresPoolClient } from './postgres-client.js';

/** So often is the connection tried, which else nobody would know to be dead: it only listens. */
const TRIED_EVERY = 5 * SECOND;
/** Before another connection is asked for: at first, and at most. */
const FIRST_PAUSE = 50;
const LONGEST_PAUSE = SECOND;

/**
 * The connection that `NOTIFY` comes over: one that the pool lends for as long as it lasts. One that ends, or does not answer
 * any more, is replaced, and listens to the same.
 */
export class ListeningConnection implements NewsConnection {
  readonly #pool: PostgresPool;
  readonly #patience: number;
  readonly #channels = new Map<string, (message: string) => void>();
  readonly #lost = new Listeners<void>();
  readonly #back = new Listeners<void>();
  #client: Promise<PostgresPoolClient> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  /** @param patience milliseconds after which a connection that does not answer is dead. */
  constructor(pool: PostgresPool, patience: number) {
    this.#pool = pool;
    this.#patience = patience;
  }

  async subscribe(channel: string, listener: (message: string) => void): Promise<void> {
    this.#channels.set(channel, listener);
    this.#client ??= this.#connected();
    const client = await this.#client;
    await client.query({ text: listen(channel) });
  }

  onLost(listener: () => void): void {
    this.#lost.add(listener);
  }

  onBack(listener: () => void): void {
    this.#back.add(listener);
  }

  close(): void {
    this.#closed = true;
    clearInterval(this.#timer);
    this.#client?.then((client) => client.release(true)).catch(() => undefined);
  }

  /** A client that listens to all channels; resolves once there is one, however long that takes. */
  async #connected(): Promise<PostgresPoolClient> {
    for (let wait = FIRST_PAUSE; ; wait = Math.min(2 * wait, LONGEST_PAUSE)) {
      if (this.#closed) throw new Error('The connection was closed');
      let client: PostgresPoolClient | undefined;
      try {
        client = await this.#pool.connect();
        this.#watch(client);
        for (const channel of this.#channels.keys()) await client.query({ text: listen(channel) });
        return client;
      } catch {
        client?.release(true);
        await pause(wait, undefined, { ref: false });
      }
    }
  }

  #watch(client: PostgresPoolClient): void {
    let isOver = false;
    const end = () => {
      if (isOver) return;
      isOver = true;
      clearInterval(timer);
      this.#replace(client);
    };
    const timer = setInterval(() => {
      this.#answers(client).catch(end);
    }, TRIED_EVERY).unref();
    this.#timer = timer;
    client.on('notification', ({ channel, payload = '' }) => this.#channels.get(channel)?.(payload));
    client.on('error', end);
    client.on('end', end);
  }

  /** @throws Error if nothing comes in time, or the connection is over. */
  async #answers(client: PostgresPoolClient): Promise<void> {
    const late = new AbortController();
    const tooLate = pause(this.#patience, undefined, { signal: late.signal, ref: false }).then(() => {
      throw new Error('The connection does not answer');
    });
    try {
      await Promise.race([client.query({ text: 'SELECT 1' }), tooLate]);
    } finally {
      late.abort();
      tooLate.catch(() => undefined);
    }
  }

  #replace(client: PostgresPoolClient): void {
    // One that is over before it was used is given back by who asked for it.
    if (this.#closed || this.#client === undefined) return;
    const current = this.#client;
    void current.then((used) => {
      if (used !== client || this.#client !== current || this.#closed) return;
      this.#lost.tell();
      client.release(true);
      this.#client = this.#connected();
      this.#client.then(
        () => this.#back.tell(),
        () => undefined,
      );
    });
  }
}

function listen(channel: string): string {
  return `LISTEN "${channel}"`;
}
