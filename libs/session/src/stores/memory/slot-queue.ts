/** What can stand in a {@link SlotQueue}: the links are its neighbours, and only the queue sets them. */
export interface Queued<T> {
  earlier: T | undefined;
  later: T | undefined;
}

/** Who has held a slot for longest: a linked list, since deleting from the front of a Map again and again is slow. */
export class SlotQueue<T extends Queued<T>> {
  #first: T | undefined;
  #last: T | undefined;

  /** The one that came before all others. */
  get first(): T | undefined {
    return this.#first;
  }

  /** Puts one at the end, which may stand in the queue already. */
  moveToEnd(item: T): void {
    this.remove(item);
    item.earlier = this.#last;
    if (this.#last === undefined) this.#first = item;
    else this.#last.later = item;
    this.#last = item;
  }

  /** Takes one out, wherever it stands; no matter if it does not. */
  remove(item: T): void {
    const { earlier, later } = item;
    if (earlier === undefined && this.#first !== item) return;
    if (earlier === undefined) this.#first = later;
    else earlier.later = later;
    if (later === undefined) this.#last = earlier;
    else later.earlier = earlier;
    item.earlier = item.later = undefined;
  }
}
