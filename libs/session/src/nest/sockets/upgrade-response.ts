import { HttpException, InternalServerErrorException, Logger } from '@nestjs/common';
import { LASTING } from '../contexts/http/http-context.js';
import type { LastingConnection } from '../contexts/request-context.js';
import type { WsSocket } from '../contexts/ws/lasting-socket.js';

const LOGGER = new Logger('SessionSockets');

/** What is left of a request that asks for an upgrade: a socket of node:net or node:tls. */
export interface Connection {
  on(event: 'error', listener: () => void): unknown;
  off(event: 'error', listener: () => void): unknown;
  once(event: 'finish' | 'close', listener: () => void): unknown;
  end(text: string): unknown;
  destroy(): unknown;
}

/**
 * The answer to a request for a connection. A refusal is one of HTTP, over the bare connection; who is let in gets a socket,
 * which lasts.
 */
export class UpgradeResponse {
  readonly #connection: Connection;
  #socket: WsSocket | undefined;
  readonly #headers = new Map([
    ['Connection', 'close'],
    ['Content-Type', 'application/json; charset=utf-8'],
  ]);

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** What the guard keeps: the connection before it is upgraded, the socket after. */
  get [LASTING](): LastingConnection {
    return {
      close: ({ code, text }) => {
        if (this.#socket === undefined) this.#connection.destroy();
        else this.#socket.close(code, text);
      },
      onceClosed: (listener) => void this.#connection.once('close', listener),
    };
  }

  /** The request was let in, and this became of its connection. */
  upgraded(socket: WsSocket): void {
    this.#socket = socket;
  }

  /** As the response of Express has it. */
  header(name: string, value: string): void {
    this.#headers.set(name, value);
  }

  /** @param error what the guard threw. */
  refuse(error: unknown): void {
    if (!(error instanceof HttpException)) LOGGER.error(error);
    const exception = error instanceof HttpException ? error : new InternalServerErrorException();
    const status = exception.getStatus();
    const body = JSON.stringify(exception.getResponse());
    this.header('Content-Length', String(Buffer.byteLength(body)));
    const headers = [...this.#headers].map(([name, value]) => `${name}: ${value}`);
    // No words for the status: they are for nobody, and may be left out (RFC 9112 §4).
    const head = [`HTTP/1.1 ${status} `, ...headers, '', ''].join('\r\n');
    this.#connection.once('finish', () => this.#connection.destroy());
    this.#connection.end(head + body);
  }
}
