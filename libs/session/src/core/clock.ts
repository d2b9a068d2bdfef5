import { SessionStoreUnavailableError } from './errors.js';

/** Tells the time in epoch milliseconds. */
export type Clock = () => number;

/** The system's clock, asked anew at each call, so that what a test puts in its place counts. */
export const systemClock: Clock = () => Date.now();

/** Milliseconds since some moment, that nobody can set; it stands still while the machine sleeps. */
export const monotonicClock: Clock = () => performance.now();

/** Readings that differ by no more may come from requests that overlap, from slewing, or from another replica. */
export const MINUTE = 60_000;

/** What was found wrong with the wall clock, when it is known to be right again. */
export interface ClockCorrection {
  /** Epoch milliseconds, from here on. */
  readonly now: number;
  /** By how much the clock was set back for good, where that is more than a minute: all dates from before are wrong. */
  readonly setBackBy?: number;
}

/** The range of `Date`: anything beyond could not be shown as one. */
const LAST_DATE = 8.64e15;

/** Whether a clock has told a time that can be reckoned with. */
export function isTime(value: unknown): value is number {
  return typeof value === 'number' && Math.abs(value) <= LAST_DATE;
}

/**
 * Whether `now` lies in the `span` that began at `since`. A time before it lies outside: whoever waits for the end of a
 * span must not wait for days because the clock was ahead when it began.
 */
export function isWithin(since: number, span: number, now: number): boolean {
  return now >= since && now < since + span;
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
