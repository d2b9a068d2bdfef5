import { Catch, Inject, Optional, type ArgumentsHost } from '@nestjs/common';
import { BaseExceptionFilter } from '@nestjs/core';
import { isSessionError } from '../../../core/error-brand.js';
import { type SessionError } from '../../../core/errors.js';
import { tellElsewhere } from '../errors-elsewhere.js';
import { asHttp } from './http-context.js';
import { refuse, type Telling } from './http-errors.js';
import { GUARD_SETTINGS } from '../../module-definition.js';

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
  @Inject(GUARD_SETTINGS)
  private readonly telling?: Telling;

  /** Writes the answer; outside of HTTP, sees to it that the error arrives as an error. */
  override catch(error: SessionError, host: ArgumentsHost): unknown {
    const http = asHttp(host);
    if (http === undefined) return tellElsewhere(error, host, this.telling);
    super.catch(refuse(error, http.getResponse(), this.telling), host);
    return undefined;
  }
}
