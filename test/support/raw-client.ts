import { connect, type Socket } from 'node:net';

export interface RawAnswer {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

export interface RawRequest {
  readonly method: string;
  /** As it goes out: no client tidies it up. */
  readonly path: string;
  /** Texts go out in UTF-8, control characters and all. */
  readonly headers?: readonly (readonly [name: string, value: string])[];
  readonly body?: string | Uint8Array;
}

/** The connection was closed without an answer. */
const CUT_OFF: RawAnswer = { status: 0, headers: new Map(), body: '' };

/** How long an answer may take: far longer than any does, unless something hangs. */
const PATIENCE = 120_000;

/**
 * Speaks HTTP with bytes of the test's choosing, which every proper client would refuse to send, one request after
 * the other over one connection, or another where the server has closed it.
 */
export class RawClient {
  readonly #port: number;
  readonly #host: string;
  #socket: Socket | undefined;

  constructor(url: string) {
    const { hostname, port } = new URL(url);
    this.#host = hostname;
    this.#port = Number(port);
  }

  /** The answer, of status 0 if the server closed without one; rejects if nothing comes of it at all. */
  async send({ method, path, headers = [], body }: RawRequest): Promise<RawAnswer> {
    const content = Buffer.from(body ?? '');
    const head = [
      `${method} ${path} HTTP/1.1`,
      `Host: ${this.#host}`,
      ...headers.map(([name, value]) => `${name}: ${value}`),
      ...(body === undefined ? [] : [`Content-Length: ${content.length}`]),
    ];
    const bytes = Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), content]);
    const answer = await this.#exchange(bytes);
    // A line break within may have made two requests of one; the other answer is not for the next.
    if (head.some((line) => /[\r\n]/.test(line))) this.close();
    return answer;
  }

  close(): void {
    this.#socket?.destroy();
  }

  #exchange(request: Uint8Array): Promise<RawAnswer> {
    const socket = this.#connected();
    return new Promise((resolve, reject) => {
      let received = Buffer.alloc(0);
      const settle = (answer: RawAnswer | Error) => {
        socket.removeAllListeners();
        socket.on('error', () => undefined);
        // What a server cannot read it answers with 400 or 431, and closes.
        if (
          answer instanceof Error ||
          answer.status < 200 ||
          answer.status === 400 ||
          answer.status === 431
        ) {
          socket.destroy();
        }
        if (answer instanceof Error) reject(answer);
        else resolve(answer);
      };
      const closed = () => settle(parse(received, true) ?? CUT_OFF);
      socket
        .on('data', (chunk) => {
          received = Buffer.concat([received, chunk]);
          const answer = parse(received, false);
          if (answer) settle(answer);
        })
        .on('close', closed)
        .on('error', closed)
        .setTimeout(PATIENCE, () => settle(new Error('no answer')))
        .write(request);
    });
  }

  #connected(): Socket {
    if (this.#socket === undefined || this.#socket.destroyed || !this.#socket.writable) {
      this.#socket = connect(this.#port, this.#host).setNoDelay();
    }
    return this.#socket;
  }
}

/** The answer, as soon as it is complete; one without a length ends with its connection. */
function parse(received: Buffer, isAll: boolean): RawAnswer | undefined {
  const end = received.indexOf('\r\n\r\n');
  if (end < 0) return undefined;
  const [first, ...lines] = received.toString('latin1', 0, end).split('\r\n');
  const headers = new Map(
    lines.map((line): [string, string] => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    }),
  );
  const status = Number(first!.split(' ')[1]);
  const rest = received.subarray(end + 4);
  const length = Number(headers.get('content-length') ?? (status === 204 ? 0 : Number.NaN));
  if (!(rest.length >= length) && !isAll) return undefined;
  return { status, headers, body: rest.toString('utf8', 0, length || rest.length) };
}
