/** Tells the time in epoch milliseconds. */
export type Clock = () => number;

/** Remembers the latest of the times that it is told; an earlier (or unusable) one counts as that. */
export class LatestTime {
  #latest = -Infinity;

  of(time: number): number {
    if (time > this.#latest && time < Infinity) this.#latest = time;
    return this.#latest;
  }
}

/**
 * A clock that never runs backwards, so that a step of the system clock can neither revive what has expired nor
 * date a record before its creation.
 */
export function neverBackwards(clock: Clock): Clock {
  const latest = new LatestTime();
  return () => latest.of(clock());
}
