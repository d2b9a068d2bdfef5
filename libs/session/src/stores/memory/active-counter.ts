import { SecondCounter } from './second-counter.js';

/** How many sessions are active, exactly and without looking at any of them: those that have begun, less those that are over. */
export class ActiveCounter {
  readonly #begun = new SecondCounter();
  readonly #over = new SecondCounter();

  /** How many are active in the second `now`, which may go back. */
  at(now: number): number {
    return this.#begun.upTo(now) - this.#over.upTo(now);
  }

  /** Counts one that is active from the second `from` to before the second `until`. */
  add(from: number, until: number): void {
    this.#begun.add(from);
    this.#over.add(Math.max(from, until));
  }

  /** Takes one off that {@link add} counted. */
  remove(from: number, until: number): void {
    this.#begun.remove(from);
    this.#over.remove(Math.max(from, until));
  }
}
