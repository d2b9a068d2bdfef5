import { Catch, Inject, Optional, type ArgumentsHost } from '@nestjs/common';
import { BaseExceptionFilter } from '@nestjs/core';
import { isSessionError } from '../../../core/error-brand.js';
import type { SessionError } from '../../../core/errors.js';
import { MODULE_SETTINGS } from '../../settings.js';
import { requestContext } from '../context-kinds.js';
import { tellElsewhere } from '../errors-elsewhere.js';
import { HttpContext } from './http-context.js';
import type { RefusalDisclosure } from './http-errors.js';

/** What `@Catch` goes by is `instanceof`; ours has to know the errors of another copy of the package too. */
abstract class Branded {
  static [Symbol.hasInstance](error: unknown): boolean {
    return isSessionError(error);
  }
}

/**
 * Answers errors of this library, wherever in a request they come from; bound for the whole application. Gateways know
 * no global filters: for their handlers it is `@UseFilters(SessionExceptionFilter)`.
 */
@Catch(Branded)
export class SessionExceptionFilter extends BaseExceptionFilter {
  @Optional()
  @Inject(MODULE_SETTINGS)
  private readonly disclosure?: RefusalDisclosure;

  /** Writes the answer; outside of HTTP, sees to it that the error arrives as an error. */
  override catch(error: SessionError, host: ArgumentsHost): unknown {
    const context = requestContext(host);
    if (!(context instanceof HttpContext)) return tellElsewhere(error, host, context, this.disclosure);
    super.catch(context.exceptionFor(error, this.disclosure), host);
    return undefined;
  }
}
