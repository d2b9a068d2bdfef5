import { setImmediate } from 'node:timers/promises';
import { SessionStoreUnavailableError } from '../core/errors.js';
import type { MaybePromise, SweepBudget, SweepResult } from '../core/session-store.js';

/** A slice of a sweep: short enough that no request waits for it noticeably. */
const SLICE: SweepBudget = Object.freeze({ budgetMs: 1, batchSize: 64 });

/**
 * Asks a store, and turns every way in which it can break into the one error that means "nothing is known". Answers at
 * once if the store does.
 *
 * @throws SessionStoreUnavailableError with the store's own error as its `cause`.
 */
export function askStore<T>(question: () => MaybePromise<T>): MaybePromise<T> {
  try {
    const answer = question();
    return isPromise(answer) ? kept(answer) : answer;
  } catch (cause) {
    throw unavailable(cause);
  }
}

/** Whether an answer is yet to come: to await one that is there costs a turn of the queue. */
export function isPromise<T>(answer: MaybePromise<T>): answer is Promise<T> {
  return typeof (answer as Partial<PromiseLike<T>> | null | undefined)?.then === 'function';
}

async function kept<T>(promise: Promise<T>): Promise<T> {
  try {
    return await promise;
  } catch (cause) {
    throw unavailable(cause);
  }
}

function unavailable(cause: unknown): SessionStoreUnavailableError {
  if (cause instanceof SessionStoreUnavailableError) return cause;
  return new SessionStoreUnavailableError('The session store could not answer', { cause });
}

/** Sweeps all that has expired, slice by slice, and lets requests in between. */
export async function sweepAll(
  store: {
    sweepExpired(now: number, budget: SweepBudget): MaybePromise<SweepResult>;
  },
  now: number,
): Promise<number> {
  let removed = 0;
  for (;;) {
    const slice = await askStore(() => store.sweepExpired(now, SLICE));
    removed += slice.removed;
    if (!slice.more) return removed;
    await setImmediate();
  }
}
