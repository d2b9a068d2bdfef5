/** Tells the time in epoch milliseconds. */
export type Clock = () => number;

/** The system's clock, asked anew at each call, so that what a test puts in its place counts. */
export const systemClock: Clock = () => Date.now();

/** Milliseconds since some moment, that nobody can set; it stands still while the machine sleeps. */
export const monotonicClock: Clock = () => performance.now();

/** One second in milliseconds, the unit of all times that are reckoned with. */
export const SECOND = 1000;

/** Readings that differ by no more may come from requests that overlap, from slewing, or from another replica. */
export const MINUTE = 60_000;

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
