import type { SessionLogger } from '../../core/logger.js';
import { Listeners } from '../../util/listeners.js';
import { printableError } from '../../util/text.js';
import type { OwnConnection } from './redis-client.js';

/** What the steps of all processes publish, over a connection of our own, which the first who listens opens. */
export class News {
  readonly #open: () => OwnConnection;
  readonly #patience: number;
  readonly #logger: SessionLogger;
  readonly #channels = new Map<string, Listeners<string>>();
  readonly #lost = new Listeners<void>();
  readonly #back = new Listeners<void>();
  #connection: OwnConnection | undefined;
  #closed = false;
  /**
   * Who has just begun to listen must hear of what this process does next: its steps wait for this, but not for long, since
   * they are worth more than the news of them. `undefined` where nothing has to be waited for.
   */
  settled: Promise<void> | undefined;

  /** @param patience milliseconds that steps wait for a subscription. */
  constructor(open: () => OwnConnection, patience: number, logger: SessionLogger) {
    this.#open = open;
    this.#patience = patience;
    this.#logger = logger;
  }

  subscribe(channel: string, listener: (message: string) => void): () => void {
    if (this.#closed) return () => undefined;
    let listeners = this.#channels.get(channel);
    if (listeners === undefined) {
      listeners = new Listeners();
      this.#channels.set(channel, listeners);
      this.#settle(this.#listen(channel, listeners));
    }
    return listeners.add(listener);
  }

  /** Calls `listener` whenever news may have been missed. */
  onLost(listener: () => void): () => void {
    return this.#lost.add(listener);
  }

  /** Calls `listener` when news come again that may have been missed for a while. */
  onBack(listener: () => void): () => void {
    return this.#back.add(listener);
  }

  close(): void {
    this.#closed = true;
    this.#channels.clear();
    this.#connection?.close();
  }

  async #listen(channel: string, listeners: Listeners<string>): Promise<void> {
    try {
      if (this.#connection === undefined) {
        this.#connection = this.#open();
        this.#connection.onLost(() => this.#lost.tell());
        this.#connection.onBack(() => this.#back.tell());
      }
      await this.#connection.subscribe(channel, (message) => listeners.tell(message));
    } catch (error) {
      if (this.#closed) return;
      this.#logger.error(`The news of other processes cannot be heard: ${printableError(error)}`);
    }
  }

  #settle(subscribed: Promise<void>): void {
    let timer: NodeJS.Timeout | undefined;
    const impatience = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, this.#patience);
    });
    const settled = Promise.race([Promise.all([this.settled, subscribed]).then(() => undefined), impatience]);
    this.settled = settled;
    void settled.then(() => {
      clearTimeout(timer);
      if (this.settled === settled) this.settled = undefined;
    });
  }
}
