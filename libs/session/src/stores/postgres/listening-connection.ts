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
  readonly #triedEvery: number;
  readonly #channels = new Map<string, (message: string) => void>();
  readonly #lost = new Listeners<void>();
  readonly #back = new Listeners<void>();
  #client: Promise<LentClient> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  /**
   * @param patience milliseconds after which a connection that does not answer is dead.
   * @param triedEvery milliseconds after which it is tried again.
   */
  constructor(pool: PostgresPool, patience: number, triedEvery = TRIED_EVERY) {
    this.#pool = pool;
    this.#patience = patience;
    this.#triedEvery = triedEvery;
  }

  async subscribe(channel: string, listener: (message: string) => void): Promise<void> {
    this.#channels.set(channel, listener);
    this.#client ??= this.#connected();
    await (await this.#client).ask(listen(channel));
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
    this.#client?.then((client) => client.end()).catch(() => undefined);
  }

  /** A client that listens to all channels; resolves once there is one, however long that takes. */
  async #connected(): Promise<LentClient> {
    for (let wait = FIRST_PAUSE; ; wait = Math.min(2 * wait, LONGEST_PAUSE)) {
      if (this.#closed) throw new Error('The connection was closed');
      let client: LentClient | undefined;
      try {
        client = new LentClient(await this.#pool.connect());
        this.#watch(client);
        for (const channel of this.#channels.keys()) await this.#answer(client, listen(channel));
        return client;
      } catch {
        client?.end();
        await pause(wait, undefined, { ref: false });
      }
    }
  }

  #watch(client: LentClient): void {
    let isOver = false;
    const end = () => {
      if (isOver) return;
      isOver = true;
      clearInterval(timer);
      this.#replace(client);
    };
    const timer = setInterval(() => {
      this.#answer(client, 'SELECT 1').catch(end);
    }, this.#triedEvery).unref();
    this.#timer = timer;
    client.listen((channel, message) => this.#channels.get(channel)?.(message), end);
  }

  /** @throws Error if nothing comes in time, or the connection is over. */
  async #answer(client: LentClient, text: string): Promise<void> {
    const late = new AbortController();
    const tooLate = pause(this.#patience, undefined, { signal: late.signal, ref: false }).then(() => {
      throw new Error('The connection does not answer');
    });
    try {
      await Promise.race([client.ask(text), tooLate]);
    } finally {
      late.abort();
      tooLate.catch(() => undefined);
    }
  }

  #replace(client: LentClient): void {
    // One that is over before it was used is given back by who asked for it.
    if (this.#closed || this.#client === undefined) return;
    const current = this.#client;
    void current.then((used) => {
      if (used !== client || this.#client !== current || this.#closed) return;
      this.#lost.tell();
      client.end();
      this.#client = this.#connected();
      this.#client.then(
        () => this.#back.tell(),
        () => undefined,
      );
    });
  }
}

/** A client that the pool has lent, and that is asked for one thing after the other. */
class LentClient {
  readonly #client: PostgresPoolClient;
  #last: Promise<unknown> = Promise.resolve();

  constructor(client: PostgresPoolClient) {
    this.#client = client;
  }

  ask(text: string): Promise<unknown> {
    const answer = this.#last.then(() => this.#client.query({ text }));
    this.#last = answer.catch(() => undefined);
    return answer;
  }

  /** Calls one of these for each message, and once or more when the connection is over. */
  listen(hear: (channel: string, message: string) => void, end: () => void): void {
    this.#client.on('notification', ({ channel, payload = '' }) => hear(channel, payload));
    this.#client.on('error', end);
    this.#client.on('end', end);
  }

  end(): void {
    this.#client.release(true);
  }
}

function listen(channel: string): string {
  return `LISTEN "${channel}"`;
}
