import { Catch, type ArgumentsHost } from '@nestjs/common';
import { BaseExceptionFilter } from '@nestjs/core';
import { SessionError } from '../core/errors.js';
import { refuse } from './http-errors.js';

/** Answers errors of this library over HTTP, wherever in a request they come from; bound for the whole application. */
@Catch(SessionError)
export class SessionExceptionFilter extends BaseExceptionFilter {
  /** Writes the answer; outside of HTTP, hands the error back for the transport to report. */
  override catch(error: SessionError, host: ArgumentsHost): unknown {
    // GraphQL, sockets and microservices report what a filter returns.
    if (host.getType<string>() !== 'http') return error;
    super.catch(refuse(error, host.switchToHttp().getResponse()), host);
    return undefined;
  }
}
