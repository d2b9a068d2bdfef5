import { BUCKET, bucketOf, Tally } from './tally.js';

/** What can be filed in an {@link ExpiryIndex}, which alone sets its place. */
export interface Filed {
  /** Where it stands among those of its second. */
  place: number;
}

/**
 * Items filed under the second in which they expire: filing and striking out cost O(1). Beside them stands how many
 * seconds have any in each bucket of 1,024, and how many buckets in each 1,024 of these, so that nobody looks for the
 * next one through seconds that are empty. A second without items takes no place.
 */
export class ExpiryIndex<T extends Filed> {
  readonly #expiring = new Map<number, T[]>();
  readonly #buckets = new Tally();
  readonly #eras = new Tally();

  add(second: number, item: T): void {
    const items = this.#expiring.get(second);
    if (items !== undefined) {
      item.place = items.push(item) - 1;
      return;
    }
    item.place = 0;
    this.#expiring.set(second, [item]);
    const bucket = bucketOf(second);
    if (this.#buckets.add(bucket, 1) === 1) this.#eras.add(bucketOf(bucket), 1);
  }

  /** Strikes out an item that is filed under that second; the last one takes its place. */
  remove(second: number, item: T): void {
    const items = this.#expiring.get(second)!;
    const last = items.pop()!;
    if (last !== item) {
      items[item.place] = last;
      last.place = item.place;
    }
    if (items.length > 0) return;
    this.#expiring.delete(second);
    const bucket = bucketOf(second);
    if (this.#buckets.add(bucket, -1) === 0) this.#eras.add(bucketOf(bucket), -1);
  }

  /** The items that expire at the second `now` or before, the earliest first; whoever takes one removes it before the next. */
  *expired(now: number): Iterable<T> {
    for (const second of this.#secondsUpTo(now)) {
      for (let items = this.#expiring.get(second); items !== undefined; items = this.#expiring.get(second)) {
        yield items.at(-1)!;
      }
    }
  }

  /** The items that expire in that second. */
  at(second: number): readonly T[] {
    return this.#expiring.get(second) ?? [];
  }

  /** How many expire at the second `now` or before; looks at seconds, and at no item. */
  upTo(now: number): number {
    let count = 0;
    for (const second of this.#secondsUpTo(now)) count += this.at(second).length;
    return count;
  }

  *#secondsUpTo(now: number): Iterable<number> {
    for (const era of this.#eras.numbers) {
      for (const bucket of within(era, bucketOf(now))) {
        if (this.#buckets.has(bucket)) yield* within(bucket, now);
      }
    }
  }
}

/** The numbers of a bucket, up to `last`. */
function* within(bucket: number, last: number): Iterable<number> {
  const end = Math.min((bucket + 1) * BUCKET - 1, last);
  for (let number = bucket * BUCKET; number <= end; number += 1) yield number;
}
