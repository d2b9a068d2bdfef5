import { SECOND } from '../util/clock.js';
import { CLOSING_TIME, endsWithin } from '../util/closing.js';
import { isSessionError } from '../core/error-brand.js';
import type { SessionLogger } from '../core/logger.js';
import type { MaybePromise } from '../util/maybe-promise.js';
import { printableError } from '../util/text.js';

const PING_TIME = CLOSING_TIME;

interface Pinged {
  ping(): MaybePromise<void>;
}

/** A store that cannot answer is no reason not to boot: it may be there in a moment, and until then requests get 503. */
export async function ping(what: string, store: Pinged, logger: SessionLogger): Promise<void> {
  try {
    if (await endsWithin(PING_TIME, () => store.ping())) return;
    logger.error(`${what} are unavailable: their store did not answer within ${PING_TIME / SECOND} s`);
  } catch (error) {
    // What is not unavailable but wrong will not be right in a moment.
    if (isSessionError(error) && error.code === 'SESSION_CONFIGURATION') throw error;
    logger.error(`${what} are unavailable: ${printableError(error)}`);
  }
}

/** The same for a store that others see too; one in this process answers. */
export async function pingShared(
  what: string,
  store: Pinged & { readonly shared: boolean },
  logger: SessionLogger,
): Promise<void> {
  if (store.shared) await ping(what, store, logger);
}
