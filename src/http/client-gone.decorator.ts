import type { ServerResponse } from 'node:http';
import { createParamDecorator, HttpException, type ExecutionContext } from '@nestjs/common';

/** nginx's status for it; nobody reads it. */
const CLIENT_CLOSED_REQUEST = 499;

/** A response of Express, which is Node's, or of Fastify, which wraps it. */
type AnyResponse = ServerResponse | { readonly raw: ServerResponse };

/**
 * A signal that aborts when the client goes away, so that nothing waits for nobody's sake. Its reason is an
 * `HttpException`, which is no error to log.
 */
export const ClientGone = createParamDecorator((_: unknown, context: ExecutionContext): AbortSignal => {
  const response = context.switchToHttp().getResponse<AnyResponse>();
  const gone = new AbortController();
  // Of the response, not of the connection, which lives on from login to login. It comes after an answer too.
  ('raw' in response ? response.raw : response).once('close', () => {
    gone.abort(new HttpException('The client has gone', CLIENT_CLOSED_REQUEST));
  });
  return gone.signal;
});
