import type { IncomingMessage } from 'node:http';

/** A request of Express, which is Node's, or of Fastify, which wraps it. */
export type AnyRequest = (IncomingMessage | { readonly raw: IncomingMessage }) & { body?: unknown };

/** The request of `node:http` behind a framework's. */
export function nodeRequest(request: AnyRequest): IncomingMessage {
  return 'raw' in request ? request.raw : request;
}
