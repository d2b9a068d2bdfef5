import { Groups } from './groups.js';

/** What is due is visited in steps of a quarter of a second. */
export const QUARTER = 250;

/**
 * Values by when they are due, to the quarter of a second. What a visit costs depends on what is due, and not on how far
 * the clock went since the last one, or on how many wait.
 */
export class DueTimes<V extends object> {
  readonly #quarters = new Groups<number, V>();
  #visited = -Infinity;

  /** @param at epoch milliseconds, later than the last visit. */
  add(at: number, value: V): void {
    this.#quarters.add(Math.ceil(at / QUARTER), value);
  }

  /** @param at as it was added. */
  remove(at: number, value: V): void {
    this.#quarters.remove(Math.ceil(at / QUARTER), value);
  }

  /**
   * Those that have become due since the last visit; they stay until they are removed. All of them where the clock was set
   * back, since who is due by the time before would wait for it to come again.
   */
  due(now: number): V[] {
    const quarter = Math.floor(now / QUARTER);
    const quarters = [...this.#quartersUpTo(quarter)];
    this.#visited = quarter;
    return quarters.flatMap((due) => this.#quarters.of(due));
  }

  #quartersUpTo(quarter: number): Iterable<number> {
    if (quarter < this.#visited) return this.#quarters.keys();
    const passed = quarter - this.#visited;
    if (passed > this.#quarters.size) return [...this.#quarters.keys()].filter((due) => due <= quarter);
    return Array.from({ length: passed }, (_, place) => this.#visited + 1 + place);
  }
}
