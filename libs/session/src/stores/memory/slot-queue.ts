import { bucketOf } from './tally.js';

/** What can stand in a {@link SlotQueue}, which alone sets its links and its number. */
export interface Queued<T> {
  earlier: T | undefined;
  later: T | undefined;
  /** Of its slot: the one who came after has a higher one. */
  slot: number;
}

/**
 * Who has held a slot for longest: a linked list, since deleting from the front of a Map again and again is slow. Slots are
 * numbered, and beside the list stands the latest of each 1,024 numbers, so that a walk finds its way back to where it was
 * when the one who stood there has gone.
 */
export class SlotQueue<T extends Queued<T>> {
  #first: T | undefined;
  #last: T | undefined;
  #given = 0;
  #latest = new Map<number, T>();

  /** How many numbers were given: all are below that. */
  get given(): number {
    return this.#given;
  }

  /** The one that came before all others. */
  get first(): T | undefined {
    return this.#first;
  }

  /** Whether one stands in it. */
  has(item: T): boolean {
    return item.earlier !== undefined || this.#first === item;
  }

  /** Puts one at the end, which may stand in the queue already. */
  moveToEnd(item: T): void {
    this.remove(item);
    item.earlier = this.#last;
    if (this.#last === undefined) this.#first = item;
    else this.#last.later = item;
    this.#last = item;
    item.slot = this.#given;
    this.#given += 1;
    this.#latest.set(bucketOf(item.slot), item);
  }

  /** Takes one out, wherever it stands; no matter if it does not. */
  remove(item: T): void {
    if (!this.has(item)) return;
    const { earlier, later } = item;
    this.#strike(item);
    if (earlier === undefined) this.#first = later;
    else earlier.later = later;
    if (later === undefined) this.#last = earlier;
    else later.earlier = earlier;
    item.earlier = item.later = undefined;
  }

  /** Lets all go but one, which keeps its number. */
  clear(kept?: T): void {
    this.#first = this.#last = kept;
    this.#latest = new Map();
    if (kept === undefined) return;
    kept.earlier = kept.later = undefined;
    this.#latest.set(bucketOf(kept.slot), kept);
  }

  /** The one before the slot of that number, or the last of all: where a walk towards the first goes on. */
  before(slot = Infinity): T | undefined {
    if (slot >= this.#given) return this.#last;
    let item = this.#latestUpTo(bucketOf(slot));
    while (item !== undefined && item.slot >= slot) item = item.earlier;
    return item;
  }

  #latestUpTo(bucket: number): T | undefined {
    const first = this.#first === undefined ? Infinity : bucketOf(this.#first.slot);
    for (let number = bucket; number >= first; number -= 1) {
      const item = this.#latest.get(number);
      if (item !== undefined) return item;
    }
    return undefined;
  }

  #strike(item: T): void {
    const bucket = bucketOf(item.slot);
    if (this.#latest.get(bucket) !== item) return;
    const { earlier } = item;
    if (earlier !== undefined && bucketOf(earlier.slot) === bucket) this.#latest.set(bucket, earlier);
    else this.#latest.delete(bucket);
  }
}
