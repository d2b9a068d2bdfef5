import { type Clock, isWithin, monotonicClock, SECOND } from './clock.js';

const LINES_A_SECOND = 10;

/**
 * Writes lines of one kind, which strangers can cause as often as they like: at most ten in a second, and how many were
 * left out before the next that is written. So a flood neither fills the log nor goes unseen.
 */
export class CappedLog {
  readonly #write: (line: string) => void;
  readonly #now: Clock;
  #since = -Infinity;
  #written = 0;
  #leftOut = 0;

  /** @param now milliseconds. Default: those of the monotonic clock. */
  constructor(write: (line: string) => void, now: Clock = monotonicClock) {
    this.#write = write;
    this.#now = now;
  }

  /** Writes a line; it is put together only if there is room for it. */
  note(line: () => string): void {
    const now = this.#now();
    if (!isWithin(this.#since, SECOND, now)) this.#begin(now);
    if (this.#written === LINES_A_SECOND) {
      this.#leftOut += 1;
      return;
    }
    this.#written += 1;
    this.#write(line());
  }

  #begin(now: number): void {
    const seconds = Math.ceil(Math.abs(now - this.#since) / SECOND);
    const leftOut = this.#leftOut;
    this.#since = now;
    this.#written = this.#leftOut = 0;
    if (leftOut > 0) this.#write(`${leftOut} more like these were left out in the last ${seconds} s`);
  }
}
