import { CLOSING_TIME, endsWithin } from '../util/closing.js';
import { SessionStoreUnavailableError } from '../core/errors.js';
import { SECOND } from '../util/clock.js';
import type { SessionLogger } from '../core/logger.js';
import type { MaybePromise } from '../util/maybe-promise.js';
import { printableError } from '../util/text.js';

/** What has an end, by the name that the log gives it. */
export type Closables = Readonly<Record<string, { close(): MaybePromise<void> } | undefined>>;

/**
 * Closes all of them side by side, whatever becomes of one. Nobody waits longer than ten seconds: the log then names
 * what is not closed.
 *
 * @throws SessionStoreUnavailableError for the first that failed; the log tells of any other.
 */
export async function closeStores(stores: Closables, logger: SessionLogger): Promise<void> {
  const outcomes = await Promise.allSettled(
    Object.entries(stores).map(async ([name, store]) => {
      if (await closes(name, store)) return;
      logger.error(`The ${name} was not closed within ${CLOSING_TIME / SECOND} s; going on without it`);
    }),
  );
  const [first, ...others] = outcomes.filter((outcome) => outcome.status === 'rejected');
  for (const { reason } of others) logger.error(printableError(reason));
  if (first !== undefined) throw first.reason;
}

async function closes(name: string, store: Closables[string]): Promise<boolean> {
  try {
    return await endsWithin(CLOSING_TIME, () => store?.close());
  } catch (cause) {
    const message = `The ${name} could not be closed: ${printableError(cause)}`;
    throw new SessionStoreUnavailableError(message, { cause });
  }
}
