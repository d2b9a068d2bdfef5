import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

export interface Answer {
  readonly status: number;
  readonly body: string;
}

/** The bytes of a GET request to `127.0.0.1`. */
export function getRequest(path: string, headers: Readonly<Record<string, string>>): Buffer {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.from(`GET ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\n${lines.join('')}\r\n`, 'latin1');
}

const HEAD_END = '\r\n\r\n';
const STATUS = /^HTTP\/1\.1 (\d{3}) /;
const LENGTH = /\r\ncontent-length: (\d+)\r\n/i;

/**
 * A kept-alive connection that asks one thing after the other. It knows no more of HTTP than answers whose length is
 * told (RFC 9112 §6.2), so that the client leaves the processor to the servers: `node:http` would ask for as much of it
 * as they do.
 */
export class Connection {
  readonly #socket: Socket;
  #received = '';
  #waiting: { resolve: (answer: Answer) => void; reject: (reason: Error) => void } | undefined;
  #failure: Error | undefined;

  private constructor(socket: Socket) {
    this.#socket = socket.setNoDelay().setEncoding('latin1');
    socket.on('data', (chunk: string) => {
      this.#receive(chunk);
    });
    socket.once('error', (error) => {
      this.#fail(error);
    });
    socket.once('close', () => {
      this.#fail(new Error('The server closed the connection'));
    });
  }

  static async open(port: number): Promise<Connection> {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    return new Connection(socket);
  }

  ask(request: Buffer): Promise<Answer> {
    return new Promise((resolve, reject) => {
      if (this.#failure !== undefined) {
        reject(this.#failure);
        return;
      }
      this.#waiting = { resolve, reject };
      this.#socket.write(request);
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  #fail(reason: Error): void {
    this.#failure ??= reason;
    this.#waiting?.reject(this.#failure);
  }

  #receive(chunk: string): void {
    this.#received += chunk;
    const headEnd = this.#received.indexOf(HEAD_END);
    if (headEnd === -1) return;
    const head = this.#received.slice(0, headEnd + 2);
    const length = LENGTH.exec(head)?.[1];
    if (length === undefined) {
      this.#socket.destroy(new Error(`An answer without a length: ${head}`));
      return;
    }
    const bodyAt = headEnd + HEAD_END.length;
    if (this.#received.length < bodyAt + Number(length)) return;
    const answer = { status: Number(STATUS.exec(head)?.[1]), body: this.#received.slice(bodyAt) };
    this.#received = '';
    this.#waiting?.resolve(answer);
  }
}
