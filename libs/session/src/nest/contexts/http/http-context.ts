import type { ArgumentsHost, HttpException } from '@nestjs/common';
import type { SessionError } from '../../../core/errors.js';
import { ownMember } from '../offers.js';
import type { LastingConnection, RequestContext } from '../request-context.js';
import { hasBegun, refuse, type HttpResponse, type RefusalDisclosure } from './http-errors.js';

interface HttpRequest {
  readonly headers: { readonly authorization?: unknown };
  readonly params?: Readonly<Record<string, unknown>>;
}

/** Where the response of a handshake says what lasts if the request is let in. */
export const LASTING = Symbol('lasting');

/** A request of Express or Fastify, and its response. */
export class HttpContext implements RequestContext {
  readonly request: HttpRequest;
  readonly response: HttpResponse;

  private constructor(request: HttpRequest, response: HttpResponse) {
    this.request = request;
    this.response = response;
  }

  /**
   * `undefined` for what is no HTTP though its kind says so: Nest's `ExternalContextCreator` calls everything HTTP whose
   * kind it was not told, and its arguments are messages then, which may hold `headers` and `params` of their sender's
   * making. The response is looked at because no message brings a function along.
   */
  static of(host: ArgumentsHost): HttpContext | undefined {
    const http = host.switchToHttp();
    const response = http.getResponse<Partial<HttpResponse> | undefined>();
    if (typeof response?.header !== 'function') return undefined;
    return new HttpContext(http.getRequest(), response as HttpResponse);
  }

  get declaresParameters(): boolean {
    return true;
  }

  get carrier(): object {
    return this.request;
  }

  get lasting(): LastingConnection | undefined {
    return (this.response as { readonly [LASTING]?: LastingConnection })[LASTING];
  }

  parameter(name: string): unknown {
    return ownMember(this.request.params, name);
  }

  /**
   * Caches share no answer to a request that was let in by `Authorization` (RFC 9111 §3.5), and know of no other credential.
   * What the handler says of caches itself comes later, and holds.
   */
  admitted(credential: string): void {
    const { authorization } = this.request.headers;
    if (typeof authorization === 'string' && authorization.endsWith(credential)) return;
    if (!hasBegun(this.response)) this.response.header('Cache-Control', 'no-store');
  }

  /** Writes the headers that belong to the answer, too. */
  exceptionFor(error: SessionError, disclosure?: RefusalDisclosure): HttpException {
    return refuse(error, this.response, disclosure);
  }
}
