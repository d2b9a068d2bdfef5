import type { ExecutionContext } from '@nestjs/common';
import type { SessionLogger } from '../../core/logger.js';

/** Tells the log what is the developer's to mend, once for each route: requests would repeat it without end. */
export class RouteMistakes {
  readonly #logger: SessionLogger;
  readonly #reported = new Set<string>();

  constructor(logger: SessionLogger) {
    this.#logger = logger;
  }

  /** @param mistake what is wrong and how to mend it; it holds nothing of the request. */
  report(context: ExecutionContext, mistake: string): void {
    const message = `${context.getClass().name}.${context.getHandler().name}: ${mistake}`;
    if (this.#reported.has(message)) return;
    this.#reported.add(message);
    this.#logger.error(message);
  }
}
