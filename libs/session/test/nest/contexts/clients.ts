import { credentials, loadPackageDefinition, Metadata, type ServiceError } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { ClientProxyFactory, Transport } from '@nestjs/microservices';
import { createClient } from 'graphql-ws';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { firstValueFrom } from 'rxjs';
import { io } from 'socket.io-client';
import { WebSocket } from 'ws';
import type { Doors, Operation } from './doors.js';

/** What a client asks, and by which credentials. */
export interface Asked {
  readonly operation: Operation;
  readonly tokens: readonly string[];
  readonly dataset?: string;
}

/** What a client got: what the handler answered, or the refusal as that kind of client sees it. */
export type Got =
  | { readonly answer: unknown }
  | { readonly refused: number | string; readonly reason?: string; readonly frame?: unknown };

export type Client = (doors: Doors, asked: Asked) => Promise<Got>;

/** How credentials travel in headers. */
export type Manner = 'bearer' | 'cookie';

type Headers = Record<string, string | string[]>;

const COOKIE = '__Host-nsm_access';

/** As a page of the application's own site sends them. */
function headersFor(manner: Manner, tokens: readonly string[], url?: string): Headers {
  if (tokens.length === 0) return {};
  if (manner === 'bearer') return { authorization: tokens.map((token) => `Bearer ${token}`) };
  const cookie = tokens.map((token) => `${COOKIE}=${token}`).join('; ');
  return url === undefined ? { cookie, 'sec-fetch-site': 'same-origin' } : { cookie, origin: url };
}

const answered = (text: unknown): Got => ({ answer: JSON.parse(String(text)) });

export const http =
  (manner: Manner): Client =>
  async ({ url }, { operation, tokens, dataset }) => {
    const path = operation === 'dataset' ? `dataset/${dataset}` : operation;
    const { status, body } = await post(`${url}/${path}`, headersFor(manner, tokens), {});
    if (status === 200) return answered(body);
    return { refused: status, reason: (JSON.parse(body) as { reason?: string }).reason };
  };

export const graphql =
  (kind: 'query' | 'mutation', manner: Manner): Client =>
  async ({ url }, asked) => {
    const headers = headersFor(manner, asked.tokens);
    const { body } = await post(`${url}/graphql`, headers, { query: `${kind} ${selection(asked)}` });
    return graphqlResult(asked.operation, JSON.parse(body) as GraphqlResult);
  };

export const subscription =
  (manner: Manner): Client =>
  async ({ url }, asked) => {
    const [first, second] = asked.tokens;
    const cookies = headersFor(manner, asked.tokens, url);
    class Socket extends WebSocket {
      constructor(address: string, protocols: string) {
        super(address, protocols, { headers: manner === 'cookie' ? cookies : {} });
      }
    }
    const spelt = { AUTHORIZATION: `Bearer ${first}`, ...(second && { authorization: `Bearer ${second}` }) };
    const client = createClient({
      url: `${url.replace('http', 'ws')}/graphql`,
      webSocketImpl: Socket,
      connectionParams: manner === 'bearer' && first !== undefined ? spelt : {},
      retryAttempts: 0,
    });
    try {
      const result = await new Promise<GraphqlResult>((resolve, reject) => {
        client.subscribe<Record<string, string>>(
          { query: `subscription ${selection(asked)}` },
          {
            next: (value) => resolve(value as GraphqlResult),
            error: (error) => {
              if (Array.isArray(error)) resolve({ errors: error as GraphqlResult['errors'] });
              else reject(new Error('no answer', { cause: error }));
            },
            complete: () => reject(new Error('completed without a word')),
          },
        );
      });
      return graphqlResult(asked.operation, result);
    } finally {
      await client.dispose();
    }
  };

interface GraphqlResult {
  readonly data?: Record<string, string> | null;
  readonly errors?: readonly { readonly extensions: { readonly code: string; readonly reason?: string } }[];
}

function selection({ operation, dataset }: Asked): string {
  return dataset === undefined ? `{ ${operation} }` : `{ ${operation}(dataset: ${JSON.stringify(dataset)}) }`;
}

function graphqlResult(operation: Operation, { data, errors }: GraphqlResult): Got {
  if (errors === undefined) return answered(data?.[operation]);
  const { code, reason } = errors[0]!.extensions;
  return { refused: code, reason };
}

interface Frame {
  readonly status: string;
  readonly statusCode: number;
  readonly code: string;
  readonly message: string;
  readonly reason?: string;
}

const framed = (frame: Frame): Got => ({ refused: frame.statusCode, reason: frame.reason, frame });

export const socketIo =
  (path: 'open' | 'closed', manner: Manner): Client =>
  async ({ url }, { operation, tokens, dataset }) => {
    const [first, second] = tokens;
    const bySocket = { auth: { token: first }, ...(second && { extraHeaders: single('bearer', [second]) }) };
    const socket = io(url, {
      path: `/${path}`,
      transports: ['websocket'],
      reconnection: false,
      forceNew: true,
      ...(manner === 'bearer' ? bySocket : { extraHeaders: single('cookie', tokens, url) }),
    });
    try {
      return await new Promise<Got>((resolve) => {
        socket.once('connect_error', (error) => resolve(framed((error as unknown as { data: Frame }).data)));
        socket.once('exception', (frame: Frame) => resolve(framed(frame)));
        socket.once('answer', (text: string) => resolve(answered(text)));
        socket.once('connect', () => socket.emit(operation, { dataset }));
      });
    } finally {
      socket.disconnect();
    }
  };

export const ws =
  (path: 'open' | 'closed', manner: Manner): Client =>
  async ({ url }, { operation, tokens, dataset }) => {
    const socket = new WebSocket(`${url.replace('http', 'ws')}/${path}`, {
      headers: headersFor(manner, tokens, url),
    });
    try {
      return await new Promise<Got>((resolve, reject) => {
        socket.once('unexpected-response', (_request, response: IncomingMessage) => {
          void textOf(response).then((body) =>
            resolve({
              refused: response.statusCode!,
              reason: (JSON.parse(body) as { reason?: string }).reason,
            }),
          );
        });
        socket.once('error', reject);
        socket.once('message', (message: Buffer) => {
          const { event, data } = JSON.parse(message.toString()) as { event: string; data: never };
          resolve(event === 'answer' ? answered(data) : framed(data));
        });
        socket.once('open', () => socket.send(JSON.stringify({ event: operation, data: { dataset } })));
      });
    } finally {
      socket.terminate();
    }
  };

export const tcp: Client = async ({ tcpPort }, { operation, tokens, dataset }) => {
  const client = ClientProxyFactory.create({
    transport: Transport.TCP,
    options: { host: '127.0.0.1', port: tcpPort },
  });
  try {
    return answered(await firstValueFrom(client.send<string>(operation, { token: tokens[0], dataset })));
  } catch (error) {
    return framed(error as Frame);
  } finally {
    await client.close();
  }
};

type Call = (
  question: object,
  metadata: Metadata,
  done: (error: ServiceError | null, answer?: { text: string }) => void,
) => void;

const { doors } = loadPackageDefinition(loadSync(join(import.meta.dirname, 'doors.proto'))) as unknown as {
  doors: { Doors: new (url: string, given: object) => Record<Operation, Call> & { close(): void } };
};

export const grpc =
  (manner: Manner): Client =>
  async ({ grpcUrl }, { operation, tokens, dataset }) => {
    const client = new doors.Doors(grpcUrl, credentials.createInsecure());
    const metadata = new Metadata();
    for (const [name, value] of Object.entries(headersFor(manner, tokens))) {
      for (const each of [value].flat()) metadata.add(name, each);
    }
    try {
      return await new Promise<Got>((resolve) => {
        client[operation]({ dataset }, metadata, (error, answer) =>
          resolve(error === null ? answered(answer!.text) : { refused: error.code }),
        );
      });
    } finally {
      client.close();
    }
  };

/** One value for each name, which is all that some clients send. */
function single(manner: Manner, tokens: readonly string[], url?: string): Record<string, string> {
  const headers = headersFor(manner, tokens, url);
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
}

/** Not by `fetch`, which joins what comes twice and sends no cookies. */
function post(url: string, headers: Headers, body: object): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(url, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
    });
    request.once('error', reject);
    request.once('response', (response) => {
      textOf(response).then((text) => resolve({ status: response.statusCode!, body: text }), reject);
    });
    request.end(JSON.stringify(body));
  });
}

async function textOf(response: IncomingMessage): Promise<string> {
  const chunks = (await response.toArray()) as Buffer[];
  return Buffer.concat(chunks).toString();
}
