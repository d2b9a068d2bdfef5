import type { SweepBudget, SweepResult } from '../../core/session-store.js';

/** Removes one expired item after another until none is left or the budget is spent. */
export function sweepSlice<T>(
  { budgetMs, batchSize }: SweepBudget,
  expired: Iterable<T>,
  remove: (item: T) => void,
): SweepResult {
  const deadline = performance.now() + budgetMs;
  let removed = 0;
  for (const item of expired) {
    if (removed > 0 && removed % batchSize === 0 && performance.now() >= deadline) {
      return { removed, more: true };
    }
    remove(item);
    removed += 1;
  }
  return { removed, more: false };
}
