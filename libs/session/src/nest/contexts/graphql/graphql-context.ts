import type { ArgumentsHost, HttpException } from '@nestjs/common';
import type { SessionError } from '../../../core/errors.js';
import { toCodedException } from '../error-frame.js';
import type { RefusalDisclosure } from '../http/http-errors.js';
import { AUTHORIZATION, bearerIn, ownMember } from '../offers.js';
import type { LastingConnection, RequestContext } from '../request-context.js';
import { lastingSocket } from '../ws/lasting-socket.js';

/** What graphql-ws knows of a connection. */
interface Connection {
  readonly connectionParams?: unknown;
  readonly extra: { readonly request: object; readonly socket: object };
}

/** What the server makes of a request for its resolvers; no sender has a part in it. */
interface ResolverContext {
  readonly req?: unknown;
  readonly request?: unknown;
  readonly extra?: unknown;
}

/** A field that is resolved, or a subscription that begins. */
export abstract class GraphqlContext implements RequestContext {
  abstract readonly request: object;
  abstract readonly carrier: object;
  abstract readonly shared: 'request' | 'connection';
  readonly #args: unknown;

  protected constructor(args: unknown) {
    this.#args = args;
  }

  /** `undefined` where the application's own `context` leaves the request out. */
  static of(host: ArgumentsHost): GraphqlContext | undefined {
    const given = host.getArgs<unknown[]>();
    // A reference resolver of a federation has no arguments of the client's.
    const [args, context] = given.length === 3 ? [undefined, given[1]] : [given[1], given[2]];
    if (!isObject(context)) return undefined;
    const { req, request } = context as ResolverContext;
    const connection = [context, req].find(isConnection);
    if (connection !== undefined) return new OverConnection(args, connection);
    const over = req ?? request;
    return hasHeaders(over) ? new OverHttp(args, over) : undefined;
  }

  /** An argument of the field. */
  parameter(name: string): unknown {
    return ownMember(this.#args, name);
  }

  exceptionFor(error: SessionError, disclosure?: RefusalDisclosure): HttpException {
    return toCodedException(error, disclosure);
  }
}

/** A query or a mutation: the request of Express or Fastify stands for all of its fields. */
class OverHttp extends GraphqlContext {
  readonly shared = 'request';
  readonly request: object;

  constructor(args: unknown, request: object) {
    super(args);
    this.request = request;
  }

  get carrier(): object {
    return this.request;
  }
}

/** An operation over graphql-ws. A browser cannot set headers there, and sends what it wants to in `connectionParams`. */
class OverConnection extends GraphqlContext {
  readonly shared = 'connection';
  readonly request: object;
  readonly carrier: object;
  readonly #params: unknown;

  constructor(args: unknown, { connectionParams, extra }: Connection) {
    super(args);
    this.request = extra.request;
    this.carrier = extra.socket;
    this.#params = connectionParams;
  }

  get lasting(): LastingConnection | undefined {
    return lastingSocket(this.carrier);
  }

  /** Of its parameters this one alone: a page that could name headers would name the site that it claims to be of. */
  offered(): string | undefined {
    if (!isObject(this.#params)) return undefined;
    const params = Object.entries<unknown>({ ...this.#params });
    return bearerIn(
      params.filter(([name]) => name.toLowerCase() === AUTHORIZATION).map(([, value]) => value),
    );
  }
}

function isConnection(context: unknown): context is Connection {
  if (!isObject(context)) return false;
  const { extra } = context as ResolverContext;
  if (!isObject(extra)) return false;
  const { request, socket } = extra as Partial<Connection['extra']>;
  return hasHeaders(request) && isObject(socket);
}

function hasHeaders(request: unknown): request is object {
  return isObject(request) && isObject((request as { readonly headers?: unknown }).headers);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
