import type { ArgumentsHost } from '@nestjs/common';
import { GraphqlContext } from './graphql/graphql-context.js';
import { HttpContext } from './http/http-context.js';
import type { ContextReader, RequestContext } from './request-context.js';
import { RpcContext } from './rpc/rpc-context.js';
import { WsContext } from './ws/ws-context.js';

/** By `getType()`. One table for the process: a parameter decorator is handed a context, and no provider. */
const READERS = new Map<string, ContextReader>([
  ['graphql', (host) => GraphqlContext.of(host)],
  ['ws', (host) => WsContext.of(host)],
  ['rpc', (host) => RpcContext.of(host)],
]);

/** Lets sessions be read from contexts of a further kind. HTTP is no such: it needs no table. */
export function declareContext(kind: string, reader: ContextReader): void {
  READERS.set(kind, reader);
}

/** What is behind a context, or `undefined` if nothing here reads a session from it. */
export function requestContext(host: ArgumentsHost): RequestContext | undefined {
  const kind = host.getType<string>();
  // Nearly every request comes this way, and pays for no other kind.
  if (kind === 'http') return HttpContext.of(host);
  return READERS.get(kind)?.(host);
}
