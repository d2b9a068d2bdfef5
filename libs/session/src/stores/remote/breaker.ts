import { type Clock, monotonicClock } from '../../util/clock.js';

/** When a {@link Breaker} gives a server up, and how soon it looks again. */
export interface BreakerOptions {
  /** So many silences in a row. Default: 5. */
  readonly failures?: number;
  /** Milliseconds after which one call is let through to see. Default: 250. */
  readonly probeAfter?: number;
}

/**
 * Spares a server that is not there, and those who would wait for it. It opens after so many silences without an answer
 * between them, however many answers there were before; from then on one call at a time is let through, to see.
 */
export class Breaker {
  readonly #failures: number;
  readonly #probeAfter: number;
  readonly #now: Clock;
  #silences = 0;
  /** When the next probe may go; of no meaning while closed. */
  #probeAt = 0;

  /** @param now milliseconds. Default: those of the monotonic clock. */
  constructor({ failures = 5, probeAfter = 250 }: BreakerOptions = {}, now: Clock = monotonicClock) {
    this.#failures = failures;
    this.#probeAfter = probeAfter;
    this.#now = now;
  }

  get isOpen(): boolean {
    return this.#silences >= this.#failures;
  }

  /** Whether a call may go out; while open, that makes it the probe, and the next one has to wait for as long again. */
  lets(): boolean {
    if (!this.isOpen) return true;
    const now = this.#now();
    if (now < this.#probeAt) return false;
    this.#probeAt = now + this.#probeAfter;
    return true;
  }

  /** The server is there, whatever it said. */
  heard(): void {
    this.#silences = 0;
  }

  /** Nothing came, or nothing that shows the server at work. */
  heardNothing(): void {
    this.#silences += 1;
    this.#probeAt = this.#now() + this.#probeAfter;
  }
}
