import type { SessionLogger } from '../../core/logger.js';
import { Listeners } from '../../util/listeners.js';
import { printableError } from '../../util/text.js';

/** A connection of our own that messages come over, by channels. */
export interface NewsConnection {
  /** Resolves once messages of the channel are coming; after a lost connection they come again by themselves. */
  subscribe(channel: string, listener: (message: string) => void): Promise<void>;
  /** Calls `listener` whenever the connection is lost: what is published until it is there again does not come. */
  onLost(listener: () => void): void;
  /** Calls `listener` whenever messages are coming again after that. */
  onBack(listener: () => void): void;
  close(): void;
}

/** What the steps of all processes publish, over a connection of our own, which the first who listens opens. */
export class News {
  readonly #open: () => NewsConnection;
  readonly #patience: number;
  readonly #logger: SessionLogger;
  readonly #channels = new Map<string, Listeners<string>>();
  readonly #lost = new Listeners<void>();
  readonly #back = new Listeners<void>();
  #connection: NewsConnection | undefined;
  #closed = false;
  /**
   * Who has just begun to listen must hear of what this process does next: its steps wait for this, but not for long, since
   * they are worth more than the news of them. `undefined` where nothing has to be waited for.
   */
  settled: Promise<void> | undefined;

  /** @param patience milliseconds that steps wait for a subscription. */
  constructor(open: () => NewsConnection, patience: number, logger: SessionLogger) {
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

  /**
   * Tells `listener` what each channel tells of ends, and nothing of what is `undefined`; and that something may have been
   * missed, once it comes again. That all have ended, which every channel tells, is said once.
   */
  subscribeToEnds<Change extends { readonly type: string }>(
    channels: readonly string[],
    changeOf: (message: string) => Change | undefined,
    listener: (change: NoInfer<Change> | { readonly type: 'missed' }) => void,
  ): () => void {
    const ends = channels.map((channel, place) =>
      this.subscribe(channel, (message) => {
        const change = changeOf(message);
        if (change === undefined) return;
        if (change.type !== 'ended-all' || place === 0) listener(change);
      }),
    );
    ends.push(this.onBack(() => listener({ type: 'missed' })));
    return () => ends.forEach((end) => end());
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
