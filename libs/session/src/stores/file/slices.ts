import { setImmediate } from 'node:timers/promises';
import type { MaybePromise } from '../../util/maybe-promise.js';

/** For how many milliseconds everybody else waits; the step in which it is over is done to its end. */
const SLICE = 2;

/**
 * Does work step by step and answers what comes of it: at once if it is soon done, else in slices that let requests in
 * between.
 *
 * @param work ends a step, which has to be a short one, at each `yield`.
 */
export function inSlices<T>(work: Iterator<unknown, T>): MaybePromise<T> {
  const step = slice(work);
  return step.done ? step.value : rest(work);
}

async function rest<T>(work: Iterator<unknown, T>): Promise<T> {
  for (;;) {
    await setImmediate();
    const step = slice(work);
    if (step.done) return step.value;
  }
}

function slice<T>(work: Iterator<unknown, T>): IteratorResult<unknown, T> {
  const end = performance.now() + SLICE;
  for (;;) {
    const step = work.next();
    if (step.done || performance.now() >= end) return step;
  }
}
