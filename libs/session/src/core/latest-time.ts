import { isTime, MINUTE } from '../util/clock.js';
import { SessionStoreUnavailableError } from './errors.js';

/** What was found wrong with the wall clock, when it is known to be right again. */
export interface ClockCorrection {
  /** Epoch milliseconds, from here on. */
  readonly now: number;
  /** By how much the clock was set back for good, where that is more than a minute: all dates from before are wrong. */
  readonly setBackBy?: number;
}

/**
 * Remembers the latest of the times that a store is told. One that is earlier by up to a minute counts as that, so that
 * calls which overtake each other revive nothing. One that is earlier by more is the truth: the clock was ahead
 * before, and who goes on believing it keeps every slot taken until then.
 */
export class LatestTime {
  #latest = -Infinity;

  /** @throws SessionStoreUnavailableError for what is no time. */
  of(time: number): number {
    if (!isTime(time)) throw new SessionStoreUnavailableError('A store was told no usable time');
    if (time > this.#latest || time < this.#latest - MINUTE) this.#latest = time;
    return this.#latest;
  }

  /** The times told before were wrong. */
  forget(): void {
    this.#latest = -Infinity;
  }
}
