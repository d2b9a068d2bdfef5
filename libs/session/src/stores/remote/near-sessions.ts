import { randomBytes } from 'node:crypto';
import { floorToSecond, isActive } from '../../core/expiry.js';
import type { ActiveRecord } from '../../core/session.js';
import { GatheredTouches } from './gathered-touches.js';
import { NearCache, type NearCacheOptions, type NearCacheStats } from './near-cache.js';
import type { News } from './news.js';

/** So often is the way of the news tried before what is nearby would stop counting. */
const BEATS = 5;
/** So many accesses are noted in one step, which everybody else waits for. */
const NOTED_AT_ONCE = 500;

/** The figures of a store that keeps nothing nearby. */
export const NOTHING_NEAR: NearCacheStats = Object.freeze({
  hits: 0,
  misses: 0,
  size: 0,
  lag: Infinity,
  staleness: Infinity,
});

/** What of a server its near sessions go by. */
export interface NearServer {
  readonly news: Pick<News, 'subscribe' | 'onLost'>;
  /** The channel of what became of sessions: `<id> <what> …`, or `*` for all. */
  readonly ended: string;
  /** What the channel of the beats of one process begins with, so that the news of nobody else become more by them. */
  readonly beats: string;
  /** Publishes over the connection that steps go over. */
  publish(channel: string, message: string): Promise<unknown>;
  /** Notes the times, in epoch milliseconds, of the latest accesses: nothing comes into being by it, and nothing lives longer. */
  note(touches: readonly (readonly [id: string, time: number])[]): Promise<unknown>;
}

/**
 * Sessions that this process was asked for lately, near it for as long as the news of their ends can be trusted to come:
 * see `NearCache`. They let in and never refuse: whoever is not found here, or not let in, is asked for at the server.
 */
export class NearSessions {
  readonly #server: NearServer;
  readonly #cache: NearCache<ActiveRecord>;
  readonly #touches: GatheredTouches;
  readonly #beatChannel: string;
  readonly #timer: NodeJS.Timeout;
  readonly #leave: readonly (() => void)[];

  constructor(server: NearServer, options: NearCacheOptions) {
    this.#server = server;
    this.#cache = new NearCache(options);
    this.#touches = new GatheredTouches((touches) => this.#note(touches));
    // Short enough for a channel of PostgreSQL, whose name has 63 bytes at most.
    this.#beatChannel = server.beats + randomBytes(12).toString('base64url');
    this.#leave = [
      server.news.subscribe(server.ended, (message) => this.#hear(message)),
      server.news.subscribe(this.#beatChannel, (sent) => this.#cache.heard(Number(sent))),
      server.news.onLost(() => this.#cache.lost()),
    ];
    this.#timer = setInterval(() => this.#beat(), options.maxStaleness / BEATS).unref();
    this.#beat();
  }

  /** The session, if it is nearby and lets that generation in; its access is noted within a second. */
  find(id: string, generation: number, now: number): ActiveRecord | undefined {
    const record = this.#cache.get(id);
    if (record === undefined || record.generation !== generation || !isActive(record, now)) return undefined;
    const second = floorToSecond(now);
    if (second <= record.lastAccessed) return record;
    // Its end depends on its accesses, which the server must know before they count.
    if (record.idleTimeout !== undefined || record.slideBy !== undefined) return undefined;
    const used = { ...record, lastAccessed: second };
    this.#cache.replace(id, used);
    this.#touches.note(id, second);
    return used;
  }

  /** Asks the server, and keeps the answer unless it has changed on its way; where there is none, nothing is kept either. */
  async reading(id: string, ask: () => Promise<ActiveRecord | undefined>): Promise<ActiveRecord | undefined> {
    const reading = this.#cache.begin(id);
    let record: ActiveRecord | undefined;
    try {
      record = await ask();
      if (record === undefined) this.#cache.forget(id);
      return record;
    } finally {
      this.#cache.end(id, reading, record);
    }
  }

  /** Does something to sessions, which nobody finds here from its beginning on; after it only what is asked for later. */
  async changing<T>(ids: readonly string[], change: () => Promise<T>): Promise<T> {
    for (const id of ids) this.#cache.forget(id);
    try {
      return await change();
    } finally {
      for (const id of ids) this.#cache.forget(id);
    }
  }

  forget(ids: readonly string[]): void {
    for (const id of ids) this.#cache.forget(id);
  }

  forgetAll(): void {
    this.#cache.forgetAll();
  }

  /** Resolves once the accesses that were noted here are known to the server, or lost. */
  flush(): Promise<void> {
    return this.#touches.flush();
  }

  get stats(): NearCacheStats {
    return this.#cache.stats;
  }

  close(): void {
    clearInterval(this.#timer);
    for (const leave of this.#leave) leave();
    this.#cache.lost();
  }

  #beat(): void {
    this.#server.publish(this.#beatChannel, String(performance.now())).catch(() => undefined);
  }

  /** `<id> <what became of it> …`, or `*` for all. */
  #hear(message: string): void {
    const id = message.slice(0, message.indexOf(' '));
    if (id === '*') this.#cache.forgetAll();
    else this.#cache.forget(id);
  }

  async #note(touches: ReadonlyMap<string, number>): Promise<void> {
    const all = [...touches];
    for (let from = 0; from < all.length; from += NOTED_AT_ONCE) {
      await this.#server.note(all.slice(from, from + NOTED_AT_ONCE));
    }
  }
}
