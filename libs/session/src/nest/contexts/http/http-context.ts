import type { ArgumentsHost } from '@nestjs/common';
import type { HttpResponse } from './http-errors.js';

/** Request and response of a context. */
type HttpArguments = ReturnType<ArgumentsHost['switchToHttp']>;

/**
 * A context's request and response, or `undefined` if it is not HTTP: then its arguments are messages, which may hold
 * `headers` and `params` of their sender's making.
 *
 * The response is looked at because Nest's `ExternalContextCreator` calls everything HTTP whose kind it was not told,
 * and no message brings a function along.
 */
export function asHttp(host: ArgumentsHost): HttpArguments | undefined {
  if (host.getType() !== 'http') return undefined;
  const http = host.switchToHttp();
  const response = http.getResponse<Partial<HttpResponse> | undefined>();
  return typeof response?.header === 'function' ? http : undefined;
}
