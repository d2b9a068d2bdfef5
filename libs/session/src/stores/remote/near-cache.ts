import { LRUCache } from 'lru-cache';
import { monotonicClock, type Clock } from '../../util/clock.js';

/** How much is kept nearby, and how old it may be. */
export interface NearCacheOptions {
  /** How many records at most; who was not asked for longest goes. */
  readonly max: number;
  /** Milliseconds after which nothing counts of which no news could be had since. */
  readonly maxStaleness: number;
}

/** What became of the questions to what is kept nearby, since it was made. */
export interface NearCacheStats {
  /** How many were answered from nearby. */
  readonly hits: number;
  /** How many were not. */
  readonly misses: number;
  /** How many records are kept. */
  readonly size: number;
  /** Milliseconds that the latest news took from here to here. */
  readonly lag: number;
  /** Milliseconds since which the server's news are known to have come; `Infinity` for none. */
  readonly staleness: number;
}

/** A question that is under way. */
export interface Reading {
  /** Whether what it asks for has changed since it was begun. */
  spoilt: boolean;
  /** How many share it. */
  readers: number;
}

/**
 * Records near their readers, while news of their changes can be trusted to come.
 *
 * News travel on another connection than answers do, so two races have to be lost on purpose. A record that changed while it
 * was on its way is not kept. And a connection that is silent may be one that has stalled: each process sends itself a
 * **beat** by the way of the news, and nothing counts unless one came back that was sent less than `maxStaleness` ago; all
 * news from before it have come then, too.
 */
export class NearCache<R extends object> {
  readonly #records: LRUCache<string, R>;
  readonly #maxStaleness: number;
  readonly #now: Clock;
  readonly #readings = new Map<string, Reading>();
  /** When the latest beat that came back was sent. */
  #heardUpTo = -Infinity;
  #lag = Infinity;
  #hits = 0;
  #misses = 0;

  /** @param now milliseconds. Default: those of the monotonic clock. */
  constructor({ max, maxStaleness }: NearCacheOptions, now: Clock = monotonicClock) {
    this.#records = new LRUCache({ max });
    this.#maxStaleness = maxStaleness;
    this.#now = now;
  }

  /** What is nearby, if it counts. */
  get(id: string): R | undefined {
    const record = this.#isTrusted ? this.#records.get(id) : undefined;
    if (record === undefined) this.#misses += 1;
    else this.#hits += 1;
    return record;
  }

  /** Another version of a record that is nearby, if it still is. */
  replace(id: string, record: R): void {
    if (this.#records.has(id)) this.#records.set(id, record);
  }

  /** To be called before the question goes out whose answer is to be kept. */
  begin(id: string): Reading {
    let reading = this.#readings.get(id);
    if (reading === undefined) this.#readings.set(id, (reading = { spoilt: false, readers: 0 }));
    reading.readers += 1;
    return reading;
  }

  /** To be called when the answer is there, or will not come; keeps the record unless it has changed meanwhile. */
  end(id: string, reading: Reading, record: R | undefined): void {
    reading.readers -= 1;
    if (reading.readers === 0 && this.#readings.get(id) === reading) this.#readings.delete(id);
    if (record !== undefined && !reading.spoilt && this.#isTrusted) this.#records.set(id, record);
  }

  /** That record has changed, or changes now. */
  forget(id: string): void {
    this.#records.delete(id);
    const reading = this.#readings.get(id);
    if (reading === undefined) return;
    reading.spoilt = true;
    this.#readings.delete(id);
  }

  /** All may have changed. */
  forgetAll(): void {
    this.#records.clear();
    for (const reading of this.#readings.values()) reading.spoilt = true;
    this.#readings.clear();
  }

  /** A beat that was sent at `sent`, by the clock of this cache, has come back. */
  heard(sent: number): void {
    this.#lag = this.#now() - sent;
    this.#heardUpTo = Math.max(this.#heardUpTo, sent);
  }

  /** The news stop: nothing counts from here on, until a beat that is sent later comes back. */
  lost(): void {
    this.#heardUpTo = -Infinity;
    this.forgetAll();
  }

  get stats(): NearCacheStats {
    return {
      hits: this.#hits,
      misses: this.#misses,
      size: this.#records.size,
      lag: this.#lag,
      staleness: this.#now() - this.#heardUpTo,
    };
  }

  get #isTrusted(): boolean {
    return this.#now() - this.#heardUpTo < this.#maxStaleness;
  }
}
