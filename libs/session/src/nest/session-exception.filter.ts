import { Catch, Inject, Optional, type ArgumentsHost } from '@nestjs/common';
import { BaseExceptionFilter } from '@nestjs/core';
import { isSessionError } from '../core/error-brand.js';
import { type SessionError } from '../core/errors.js';
import { refuse, type Telling } from './http-errors.js';
import { GUARD_SETTINGS } from './module-definition.js';

/** What `@Catch` goes by is `instanceof`; ours has to know the errors of another copy of the package too. */
abstract class Branded {
  static [Symbol.hasInstance](error: unknown): boolean {
    return isSessionError(error);
  }
}

/** Answers errors of this library over HTTP, wherever in a request they come from; bound for the whole application. */
@Catch(Branded)
export class SessionExceptionFilter extends BaseExceptionFilter {
  @Optional()
  @Inject(GUARD_SETTINGS)
  private readonly telling?: Telling;

  /** Writes the answer; outside of HTTP, hands the error back for the transport to report. */
  override catch(error: SessionError, host: ArgumentsHost): unknown {
    // GraphQL, sockets and microservices report what a filter returns.
    if (host.getType<string>() !== 'http') return error;
    super.catch(refuse(error, host.switchToHttp().getResponse(), this.telling), host);
    return undefined;
  }
}
