import type { MaybePromise } from '../util/maybe-promise.js';

/** An end of all API tokens that is under way: of a user, or of everybody. */
interface End {
  readonly username?: string;
  readonly at: number;
}

/**
 * One order of two things for which the clock's milliseconds are too coarse: when the making of an API token began, and
 * when all of its owner's were ended. A store refuses to register what began up to an end (`ApiTokenStore.put`).
 *
 * What begins while its owner's tokens are being ended counts as begun at that end, and is refused however long the
 * store takes. What begins when that is over, be it in the same millisecond, counts as begun after it. Other processes
 * do not know of this order: there, a token asked for in the very millisecond of an end is refused.
 */
export class EndsOfAll {
  readonly #underWay = new Set<End>();
  /** The moment of the latest end that is over. */
  #over = -Infinity;
  /** The latest moment given out; ahead of the clock where several had to follow each other within a millisecond. */
  #latest = -Infinity;
  #read = -Infinity;

  /** The moment at which a token of that user's is asked for: after all ends that are over. */
  begin(username: string, now: number): number {
    this.#follow(now);
    for (const end of this.#underWay)
      if (end.username === undefined || end.username === username) return end.at;
    if (this.#latest <= this.#over) this.#latest = this.#over + 1;
    return this.#latest;
  }

  /** Ends all tokens, of a user or of everybody, at the moment that `end` is given: not before anything that has begun. */
  async run<T>(username: string | undefined, now: number, end: (at: number) => MaybePromise<T>): Promise<T> {
    this.#follow(now);
    const underWay: End = { username, at: this.#latest };
    this.#underWay.add(underWay);
    try {
      return await end(underWay.at);
    } finally {
      this.#underWay.delete(underWay);
      this.#over = Math.max(this.#over, underWay.at);
    }
  }

  /** Takes the clock's word, a step back too; whole milliseconds, which all stores can keep. */
  #follow(now: number): void {
    const time = Math.floor(now);
    if (time < this.#read) this.#over = -Infinity;
    if (time > this.#latest || time < this.#read) this.#latest = time;
    this.#read = time;
  }
}
