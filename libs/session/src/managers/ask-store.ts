import { isSessionError } from '../core/error-brand.js';
import { SessionStoreUnavailableError } from '../core/errors.js';
import { isPromise, type MaybePromise } from '../util/maybe-promise.js';

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

async function kept<T>(promise: Promise<T>): Promise<T> {
  try {
    return await promise;
  } catch (cause) {
    throw unavailable(cause);
  }
}

function unavailable(cause: unknown): SessionStoreUnavailableError {
  if (isSessionError(cause) && cause.code === 'SESSION_STORE_UNAVAILABLE') return cause;
  return new SessionStoreUnavailableError('The session store could not answer', { cause });
}
