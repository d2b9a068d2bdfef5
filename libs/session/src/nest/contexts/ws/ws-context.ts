import type { ArgumentsHost } from '@nestjs/common';
import type { SessionError } from '../../../core/errors.js';
import { errorFrame, type ErrorFrame } from '../error-frame.js';
import type { RefusalDisclosure } from '../http/http-errors.js';
import { ownMember, tokenIn } from '../offers.js';
import type { LastingConnection, RequestContext } from '../request-context.js';
import { lastingSocket } from './lasting-socket.js';
import { upgradeOf } from './upgrade-requests.js';

/** A socket of socket.io, which knows how it began, or one of ws, which does not. */
interface Client {
  readonly handshake?: { readonly headers: object; readonly auth?: unknown };
  readonly request?: object | null;
}

const UNKNOWN_REQUEST = {};

/** A message to a gateway, or the handshake of socket.io before there are any. */
export class WsContext implements RequestContext {
  readonly shared = 'connection';
  readonly #client: Client;
  readonly #message: unknown;

  private constructor(client: Client, message: unknown) {
    this.#client = client;
    this.#message = message;
  }

  static of(host: ArgumentsHost): WsContext | undefined {
    const [client, message] = host.getArgs<[unknown, unknown]>();
    if (typeof client !== 'object' || client === null) return undefined;
    return new WsContext(client, message);
  }

  get carrier(): object {
    return this.#client;
  }

  /** An application may have let go of socket.io's request, to save memory; the headers stay. */
  get request(): object {
    const { handshake, request } = this.#client;
    if (handshake !== undefined) return request ?? handshake;
    return upgradeOf(this.#client) ?? UNKNOWN_REQUEST;
  }

  get lasting(): LastingConnection | undefined {
    return lastingSocket(this.#client);
  }

  /** A member of the message. */
  parameter(name: string): unknown {
    return ownMember(this.#message, name);
  }

  unreadable(): string | undefined {
    if (this.request !== UNKNOWN_REQUEST) return undefined;
    return (
      'nobody kept the request that this connection began with, which ws forgets, so that everyone is refused; ' +
      'wrap the adapter: app.useWebSocketAdapter(sessionSockets(app, new WsAdapter(app)))'
    );
  }

  /** What socket.io has for it. A connection's URL is no place for a token: it is logged everywhere. */
  offered(): string | undefined {
    return tokenIn(ownMember(this.#client.handshake?.auth, 'token'));
  }

  exceptionFor(error: SessionError, disclosure?: RefusalDisclosure): Promise<Error> {
    return wsException(errorFrame(error, disclosure));
  }
}

/** Of an object, to which Nest adds nothing: to a text it would add the message, in which there may be a token. */
async function wsException(frame: ErrorFrame): Promise<Error> {
  const { WsException } = await import('@nestjs/websockets');
  return new WsException(frame);
}
