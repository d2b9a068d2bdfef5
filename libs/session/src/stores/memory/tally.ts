/** How many neighbours are taken together. */
export const BUCKET = 1024;

/** Which bucket a number lies in. */
export function bucketOf(number: number): number {
  return Math.floor(number / BUCKET);
}

/** Counts by number; what counts nothing takes no place. */
export class Tally {
  readonly #counts = new Map<number, number>();

  /** Answers the new count. */
  add(number: number, by: number): number {
    const count = (this.#counts.get(number) ?? 0) + by;
    if (count === 0) this.#counts.delete(number);
    else this.#counts.set(number, count);
    return count;
  }

  has(number: number): boolean {
    return this.#counts.has(number);
  }

  /** The numbers that count anything, the smallest first. */
  get numbers(): number[] {
    return [...this.#counts.keys()].sort((a, b) => a - b);
  }

  /** The counts of `from` and all up to before `to`, looked up one by one. */
  sum(from: number, to: number): number {
    let sum = 0;
    for (let number = from; number < to; number += 1) sum += this.#counts.get(number) ?? 0;
    return sum;
  }

  /** The counts of all before `to`, found by going through those that there are. */
  sumBefore(to: number): number {
    let sum = 0;
    for (const [number, count] of this.#counts) if (number < to) sum += count;
    return sum;
  }
}
