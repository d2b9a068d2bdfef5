import { bucketOf, BUCKET, Tally } from './tally.js';

/**
 * How many of any number of seconds have come, in whichever direction the clock moves: a tally by second, by 1,024 of
 * them (a quarter of an hour) and by 1,024 of these (twelve days), so that no look back adds up more than two thousand
 * numbers, however long nobody looked.
 */
export class SecondCounter {
  readonly #bySecond = new Tally();
  readonly #byBucket = new Tally();
  readonly #byEra = new Tally();
  /** Of the latest second that was asked for. */
  #at = -Infinity;
  #come = 0;

  add(second: number): void {
    this.#change(second, 1);
  }

  /** Takes back what {@link add} counted. */
  remove(second: number): void {
    this.#change(second, -1);
  }

  /** How many of them are `now` or before. */
  upTo(now: number): number {
    if (now !== this.#at) {
      this.#come =
        now > this.#at && now - this.#at < BUCKET ? this.#come + this.#between(now) : this.#all(now);
      this.#at = now;
    }
    return this.#come;
  }

  #change(second: number, by: number): void {
    const bucket = bucketOf(second);
    this.#bySecond.add(second, by);
    this.#byBucket.add(bucket, by);
    this.#byEra.add(bucketOf(bucket), by);
    if (second <= this.#at) this.#come += by;
  }

  #between(now: number): number {
    return this.#bySecond.sum(this.#at + 1, now + 1);
  }

  #all(now: number): number {
    const bucket = bucketOf(now);
    const era = bucketOf(bucket);
    return (
      this.#byEra.sumBefore(era) +
      this.#byBucket.sum(era * BUCKET, bucket) +
      this.#bySecond.sum(bucket * BUCKET, now + 1)
    );
  }
}
