import { SecondHeap } from './second-heap.js';

/** Items filed under the second in which they expire: filing costs O(log seconds), striking out O(1). */
export class ExpiryIndex<T> {
  readonly #expiring = new Map<number, Set<T>>();
  readonly #seconds = new SecondHeap();

  add(second: number, item: T): void {
    const items = this.#expiring.get(second);
    if (items !== undefined) {
      items.add(item);
      return;
    }
    this.#expiring.set(second, new Set([item]));
    this.#seconds.add(second);
  }

  remove(second: number, item: T): void {
    this.#expiring.get(second)?.delete(item);
  }

  /** The items that expire at the second `now` or before; whoever takes one removes it before asking for the next. */
  *expired(now: number): Iterable<T> {
    for (let second = this.#seconds.earliest; second !== undefined && second <= now;) {
      yield* this.#expiring.get(second)!;
      this.#expiring.delete(second);
      this.#seconds.takeEarliest();
      second = this.#seconds.earliest;
    }
  }
}
