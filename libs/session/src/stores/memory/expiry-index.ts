import { SecondHeap } from './second-heap.js';

/** What can be filed in an {@link ExpiryIndex}, which alone sets its place. */
export interface Filed {
  /** Where it stands among those of its second. */
  place: number;
}

/** Items filed under the second in which they expire: filing costs O(log seconds), striking out O(1). */
export class ExpiryIndex<T extends Filed> {
  readonly #expiring = new Map<number, T[]>();
  readonly #seconds = new SecondHeap();

  add(second: number, item: T): void {
    const items = this.#expiring.get(second);
    if (items !== undefined) {
      item.place = items.push(item) - 1;
      return;
    }
    item.place = 0;
    this.#expiring.set(second, [item]);
    this.#seconds.add(second);
  }

  /** Strikes out an item that is filed under that second; the last one takes its place. */
  remove(second: number, item: T): void {
    const items = this.#expiring.get(second)!;
    const last = items.pop()!;
    if (last === item) return;
    items[item.place] = last;
    last.place = item.place;
  }

  /** The items that expire at the second `now` or before; whoever takes one removes it before asking for the next. */
  *expired(now: number): Iterable<T> {
    for (let second = this.#seconds.earliest; second !== undefined && second <= now;) {
      const items = this.#expiring.get(second)!;
      while (items.length > 0) yield items.at(-1)!;
      this.#expiring.delete(second);
      this.#seconds.takeEarliest();
      second = this.#seconds.earliest;
    }
  }
}
