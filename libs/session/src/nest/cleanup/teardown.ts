import { CLOSING_TIME, endsWithin } from '../../util/closing.js';
import { SECOND } from '../../util/clock.js';
import type { SessionLogger } from '../../core/logger.js';
import { printableError } from '../../util/text.js';

/**
 * Our steps in the shutdown of an application, which is the host's: none of them fails, since Nest 10 and 11 would leave
 * out the host's own hooks then, and all together take ten seconds at most, whatever the host does in between.
 */
export class Teardown {
  readonly #logger: SessionLogger;
  #left = CLOSING_TIME;

  constructor(logger: SessionLogger) {
    this.#logger = logger;
  }

  /** Does a step, which may take `atMost` that many milliseconds; the log tells if it fails or takes longer. */
  async step(name: string, work: () => unknown, atMost = CLOSING_TIME): Promise<void> {
    const begun = performance.now();
    const patience = Math.min(atMost, this.#left);
    try {
      if (!(await endsWithin(patience, work))) {
        const seconds = Math.round(patience / SECOND);
        this.#logger.error(`Shutdown: ${name} was not done within ${seconds} s; going on without it`);
      }
    } catch (error) {
      this.#logger.error(`Shutdown: ${name} failed: ${printableError(error)}`);
    }
    this.#left = Math.max(0, this.#left - (performance.now() - begun));
  }
}
