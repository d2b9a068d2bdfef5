import { setTimeout } from 'node:timers/promises';
import type { SweepResult } from '../../core/session-store.js';
import { monotonicClock } from '../../util/clock.js';

/** How time passes for a sweep. */
export interface SweepTime {
  readonly now: () => number;
  readonly pause: (milliseconds: number) => Promise<unknown>;
}

const REAL: SweepTime = { now: monotonicClock, pause: setTimeout };

/**
 * Sweeps one place after another, until nothing is left or the budget is spent. After each slice that leaves more it rests
 * for as long as that took, also if it was the last: whoever sweeps slice by slice would else never rest.
 *
 * @param budgetMs milliseconds, rests among them, after which no further slice begins.
 */
export async function sweepInSlices<Place>(
  places: readonly Place[],
  budgetMs: number,
  slice: (place: Place) => Promise<SweepResult>,
  { now, pause }: SweepTime = REAL,
): Promise<SweepResult> {
  const end = now() + budgetMs;
  let removed = 0;
  for (const place of places) {
    for (let more = true; more;) {
      const begun = now();
      const swept = await slice(place);
      removed += swept.removed;
      more = swept.more;
      if (!more) continue;
      await pause(now() - begun);
      if (now() >= end) return { removed, more };
    }
  }
  return { removed, more: false };
}
