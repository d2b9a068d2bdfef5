import type { ArgumentsHost } from '@nestjs/common';
import { throwError } from 'rxjs';
import type { SessionError } from '../../core/errors.js';
import type { MaybePromise } from '../../util/maybe-promise.js';
import { errorFrame, toCodedException, type ErrorFrame } from './error-frame.js';
import type { RefusalDisclosure } from './http/http-errors.js';
import type { RequestContext } from './request-context.js';
import { rpcFrame } from './rpc/rpc-frame.js';

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
      return throwError(() => rpcFrame(error, host, disclosure));
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

function sendException(client: Socket, frame: ErrorFrame): void {
  if (typeof client.readyState === 'number') client.send(JSON.stringify({ event: 'exception', data: frame }));
  else client.emit('exception', frame);
}
