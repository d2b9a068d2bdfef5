import type { Meter } from './contest.js';
import { quantile } from './statistics.js';

/** How long operations took by the clock on the wall, since what waits for others takes no processor time. */
export class Latencies {
  readonly #taken: number[] = [];

  /** @param microseconds that one operation took. */
  note(microseconds: number): void {
    this.#taken.push(microseconds);
  }

  /** Notes how long that takes, and answers what it does. */
  async timed<T>(perform: () => Promise<T>): Promise<T> {
    const begun = performance.now();
    const answer = await perform();
    this.note((performance.now() - begun) * 1000);
    return answer;
  }

  /** Performs one after the other, and counts those that ended as they should. */
  async oneByOne<T>(items: readonly T[], perform: (item: T) => Promise<boolean>): Promise<number> {
    let succeeded = 0;
    for (const item of items) if (await this.timed(() => perform(item))) succeeded++;
    return succeeded;
  }

  /** What that share of the operations of a round took no longer than, in microseconds; 1 is the longest. */
  noLongerThan(share: number): Meter {
    return () => {
      this.#taken.length = 0;
      return () =>
        quantile(
          this.#taken.toSorted((a, b) => a - b),
          share,
        );
    };
  }
}
