import { SecondHeap } from './second-heap.js';

/**
 * How many sessions are active, exactly and without looking at any of them: a count for each second in which some
 * cease to be, added up, and taken off as the clock passes it.
 */
export class ActiveCounter {
  readonly #ending = new Map<number, number>();
  readonly #seconds = new SecondHeap();
  #active = 0;

  /** How many are active in the second `now`, which never goes back from one call to the next. */
  at(now: number): number {
    for (let second = this.#seconds.earliest; second !== undefined && second <= now;) {
      this.#seconds.takeEarliest();
      this.#active -= this.#ending.get(second)!;
      this.#ending.delete(second);
      second = this.#seconds.earliest;
    }
    return this.#active;
  }

  /** Counts one that is active before the second `until`. */
  add(until: number, now: number): void {
    if (until <= now) return;
    const ending = this.#ending.get(until);
    if (ending === undefined) this.#seconds.add(until);
    this.#ending.set(until, (ending ?? 0) + 1);
    this.#active += 1;
  }

  /** Takes one off that {@link add} counted, unless the clock has done so. */
  remove(until: number, now: number): void {
    if (until <= now) return;
    this.#ending.set(until, this.#ending.get(until)! - 1);
    this.#active -= 1;
  }
}
