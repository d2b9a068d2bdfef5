import type { ExecutionContext } from '@nestjs/common';
import { MissingTokenError } from '../../core/errors.js';
import { printable } from '../../util/text.js';
import { toCodedException } from '../contexts/error-frame.js';
import type { RouteMistakes } from '../rules/route-mistakes.js';

/**
 * Refuses a context of a kind whose credentials nothing here reads, in a way of that kind, and tells the developer once
 * for each route.
 *
 * @returns `false` where Nest makes the exception of the kind, `RpcException` or `WsException`, out of it: there is nothing
 * to tell a sender of whom nothing is known.
 * @throws `HttpException` with the GraphQL code in `extensions` elsewhere.
 */
export function refuseUndeclared(context: ExecutionContext, mistakes: RouteMistakes): false {
  const kind = printable(context.getType<string>());
  mistakes.report(
    context,
    `nothing here reads a session from a context of the kind "${kind}", so that everyone is refused; mark the handler ` +
      '@Public(), without @RequireDataset(), and bind a guard of your own that hands the token to validateSession()',
  );
  if (kind === 'rpc' || kind === 'ws') return false;
  throw toCodedException(
    new MissingTokenError(`No credential can be read from a context of the kind "${kind}"`),
  );
}
