import { activeEnd, type ActiveLimits } from '../../core/expiry.js';

/**
 * When those who gave up their places in a queue, since they were not active, could be active after all: by a clock
 * that was ahead, they seemed to have lapsed; by one that was behind, to be dated ahead.
 */
export class Strays {
  #before = -Infinity;
  #from = Infinity;

  /** @param ahead how far one may be dated ahead. */
  add(item: ActiveLimits, second: number, ahead: number): void {
    const begins = item.issuedAt - ahead;
    if (begins > second) this.#from = Math.min(this.#from, begins);
    else this.#before = Math.max(this.#before, activeEnd(item));
  }

  /** Whether any of them may be active then. */
  mayBeActive(second: number): boolean {
    return second < this.#before || second >= this.#from;
  }

  clear(): void {
    this.#before = -Infinity;
    this.#from = Infinity;
  }
}
