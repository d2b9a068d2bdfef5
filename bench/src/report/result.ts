import { NANOSECONDS, type Contest, type Pace, type Scenario } from '../harness/contest.js';
import type { Measurement } from '../harness/measure.js';

/** What came of one scenario. */
export interface Result {
  readonly scenario: string;
  readonly operation: string;
  readonly unit: string;
  readonly operations: number;
  readonly pace: Pace;
  readonly measurements: readonly Measurement[];
}

export function resultOf(
  { name, operation }: Scenario,
  { operations, unit = NANOSECONDS }: Contest,
  pace: Pace,
  measurements: readonly Measurement[],
): Result {
  return { scenario: name, operation, unit, operations, pace, measurements };
}
