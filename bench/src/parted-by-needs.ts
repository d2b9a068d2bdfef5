import type { Scenario } from './harness/contest.js';

export interface Parted {
  readonly runnable: readonly Scenario[];
  /** A line for each thing that is missing, and all that needs it. */
  readonly skipped: readonly string[];
}

/** Parts the scenarios that can run here from those that lack something. */
export function partedByNeeds(scenarios: readonly Scenario[]): Parted {
  const lacking = new Map<string, string[]>();
  const runnable = scenarios.filter(({ name, missing }) => {
    const what = missing?.();
    if (what !== undefined) lacking.set(what, [...(lacking.get(what) ?? []), name]);
    return what === undefined;
  });
  return {
    runnable,
    skipped: [...lacking].map(([what, names]) => `SKIPPED: ${names.join(', ')}: ${what}`),
  };
}
