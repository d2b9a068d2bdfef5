import { HttpException, InternalServerErrorException, Logger } from '@nestjs/common';

const LOGGER = new Logger('SessionSockets');

/** What is left of a request that asks for an upgrade: a socket of node:net or node:tls. */
export interface Connection {
  on(event: 'error', listener: () => void): unknown;
  off(event: 'error', listener: () => void): unknown;
  once(event: 'finish', listener: () => void): unknown;
  end(text: string): unknown;
  destroy(): unknown;
}

/** The answer of HTTP to a request for a connection that is not upgraded, over the bare connection. */
export class RefusedUpgrade {
  readonly #connection: Connection;
  readonly #headers = new Map([
    ['Connection', 'close'],
    ['Content-Type', 'application/json; charset=utf-8'],
  ]);

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** As the response of Express has it. */
  header(name: string, value: string): void {
    this.#headers.set(name, value);
  }

  /** @param error what the guard threw. */
  send(error: unknown): void {
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
