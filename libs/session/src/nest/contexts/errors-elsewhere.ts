import { HttpStatus, type ArgumentsHost, type HttpException } from '@nestjs/common';
import { throwError } from 'rxjs';
import type { SessionError } from '../../core/errors.js';
import type { MaybePromise } from '../../util/maybe-promise.js';
import { toHttpException, type RefusalDisclosure } from './http/http-errors.js';
import type { RequestContext } from './request-context.js';

/** What GraphQL calls an answer; the words are Apollo's where it has one. */
const CODES: Readonly<Record<number, string>> = {
  [HttpStatus.BAD_REQUEST]: 'BAD_REQUEST',
  [HttpStatus.UNAUTHORIZED]: 'UNAUTHENTICATED',
  [HttpStatus.FORBIDDEN]: 'FORBIDDEN',
  [HttpStatus.NOT_IMPLEMENTED]: 'NOT_IMPLEMENTED',
  [HttpStatus.SERVICE_UNAVAILABLE]: 'SERVICE_UNAVAILABLE',
};

/** What a client of RPC or of a gateway gets: the body that HTTP would have, and the code that GraphQL would. */
interface ErrorFrame {
  readonly status: 'error';
  readonly statusCode: number;
  readonly message: string;
  readonly code: string;
  readonly reason?: string;
}

/** The sockets of socket.io and of ws, which has an `emit` of its own that reaches nobody. */
interface Socket {
  readonly readyState?: unknown;
  emit(event: string, frame: ErrorFrame): void;
  send(text: string): void;
}

/**
 * Tells an error of this library in a context that is not HTTP, so that it arrives as one: RPC gets a stream that
 * fails, a gateway's client the event `exception`, and everything else, GraphQL among it, an exception. What a filter
 * merely returned would be sent as the answer.
 *
 * @param context where the kind is a declared one.
 * @returns what the filter has to return.
 */
export function tellElsewhere(
  error: SessionError,
  host: ArgumentsHost,
  context: RequestContext | undefined,
  disclosure?: RefusalDisclosure,
): unknown {
  switch (host.getType<string>()) {
    case 'rpc':
      return throwError(() => errorFrame(error, disclosure));
    case 'ws':
      sendException(host.switchToWs().getClient<Socket>(), errorFrame(error, disclosure));
      return undefined;
    default:
      if (context !== undefined) return rejectWith(context.exceptionFor(error, disclosure));
      throw toCodedException(error, disclosure);
  }
}

async function rejectWith(exception: MaybePromise<Error>): Promise<never> {
  throw await exception;
}

/** The `HttpException` for an error; graphql-js takes its `extensions` over. */
export function toCodedException(error: SessionError, disclosure?: RefusalDisclosure): HttpException {
  const exception = toHttpException(error, disclosure);
  const { code, reason } = frameOf(exception);
  return Object.assign(exception, { extensions: { code, ...(reason !== undefined && { reason }) } });
}

function errorFrame(error: SessionError, disclosure?: RefusalDisclosure): ErrorFrame {
  return frameOf(toHttpException(error, disclosure));
}

function frameOf(exception: HttpException): ErrorFrame {
  const body = exception.getResponse() as Pick<ErrorFrame, 'statusCode' | 'message' | 'reason'>;
  return { status: 'error', ...body, code: CODES[exception.getStatus()] ?? 'INTERNAL_SERVER_ERROR' };
}

function sendException(client: Socket, frame: ErrorFrame): void {
  if (typeof client.readyState === 'number') client.send(JSON.stringify({ event: 'exception', data: frame }));
  else client.emit('exception', frame);
}
