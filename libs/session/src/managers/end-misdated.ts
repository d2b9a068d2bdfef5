import type { SessionLogger } from '../core/logger.js';
import type { MaybePromise } from '../util/maybe-promise.js';
import { printableError } from '../util/text.js';

/** Ends what a wrong clock dated, which no caller waits for: if it cannot be ended, the log tells. */
export function endMisdated(end: () => MaybePromise<unknown>, logger: SessionLogger): void {
  // Called at once, since a store in memory ends it at once.
  const ended = (async () => end())();
  ended.catch((error: unknown) => {
    logger.error(`What a wrong clock dated could not be ended: ${printableError(error)}`);
  });
}
