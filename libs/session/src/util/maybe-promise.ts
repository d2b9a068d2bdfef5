/** A store answers at once or promises to; both are fine. */
export type MaybePromise<T> = T | Promise<T>;

/** Whether an answer is yet to come: to await one that is there costs a turn of the queue. */
export function isPromise<T>(answer: MaybePromise<T>): answer is Promise<T> {
  return typeof (answer as Partial<PromiseLike<T>> | null | undefined)?.then === 'function';
}
