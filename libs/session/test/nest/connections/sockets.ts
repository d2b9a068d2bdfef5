import { ApolloDriver, type ApolloDriverConfig } from '@nestjs/apollo';
import { UseGuards, type INestApplication } from '@nestjs/common';
import { GraphQLModule, Query, Resolver, Subscription } from '@nestjs/graphql';
import { IoAdapter } from '@nestjs/platform-socket.io';
import { WsAdapter } from '@nestjs/platform-ws';
import { SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { on, once } from 'node:events';
import { io } from 'socket.io-client';
import { WebSocket } from 'ws';
import { TokenType } from '../../../src/core/token-type.js';
import { JwtSessionManager } from '../../../src/managers/jwt-session.manager.js';
import { SessionConnections } from '../../../src/nest/connections/session-connections.js';
import { SessionGuard } from '../../../src/nest/guards/session.guard.js';
import { CurrentUser } from '../../../src/nest/rules/current-session.decorators.js';
import { AcceptTokens, RequireFresh } from '../../../src/nest/rules/route-access.decorators.js';
import { SessionModule } from '../../../src/nest/session.module.js';
import { sessionSockets } from '../../../src/nest/sockets/session-sockets.js';
import { MemoryApiTokenStore } from '../../../src/stores/memory/memory-api-token.store.js';
import { MemoryLogger } from '../../support/memory-logger.js';
import { startApp } from '../../support/nest-app.js';

/** What a connection may be made to. */
export const DOORS = ['socket.io', 'ws', 'graphql-ws'] as const;
export type Door = (typeof DOORS)[number];

/** Everybody who listens hears of it. */
const BOTH = [TokenType.Access, TokenType.Api] as const;

@WebSocketGateway()
@AcceptTokens(...BOTH)
@UseGuards(SessionGuard)
class Gateway {
  @SubscribeMessage('who')
  who(@CurrentUser('username') name: string) {
    return { event: 'who', data: name };
  }

  @RequireFresh()
  @SubscribeMessage('fresh')
  fresh(@CurrentUser('username') name: string) {
    return { event: 'fresh', data: name };
  }

  @AcceptTokens(TokenType.Api)
  @SubscribeMessage('scripts')
  scripts(@CurrentUser('username') name: string) {
    return { event: 'scripts', data: name };
  }
}

@Resolver()
@AcceptTokens(...BOTH)
@UseGuards(SessionGuard)
class Operations {
  @Query(() => String)
  who(@CurrentUser('username') name: string) {
    return name;
  }

  @RequireFresh()
  @Query(() => String)
  fresh(@CurrentUser('username') name: string) {
    return name;
  }

  @AcceptTokens(TokenType.Api)
  @Query(() => String)
  scripts(@CurrentUser('username') name: string) {
    return name;
  }

  @Subscription(() => String)
  async *news(@CurrentUser('username') name: string) {
    yield { news: name };
    await new Promise(() => undefined);
  }
}

/** How a connection ended, as its client saw it. */
export interface Closed {
  /** Of a WebSocket. */
  readonly code?: number;
  /** What came with it: of socket.io in the last frame. */
  readonly text?: string;
  /** Of the last frame of socket.io. */
  readonly statusCode?: number;
}

/** A connection from its client's side. */
export interface Opened {
  readonly closed: Promise<Closed>;
  /** The answer to a message, or the number or name of the refusal. */
  say(message: 'who' | 'fresh' | 'scripts'): Promise<unknown>;
  leave(): void;
}

export interface SocketApp {
  readonly app: INestApplication;
  readonly manager: JwtSessionManager;
  readonly connections: SessionConnections;
  readonly url: string;
  /** Rejects with the refusal of the handshake; of graphql-ws with that of its first operation. */
  open(token: string): Promise<Opened>;
}

/** An application with one door, under `jwt`; tokens end with no leeway, so that a second is one. */
export async function socketApp(door: Door, options: object = {}): Promise<SocketApp> {
  const sessions = SessionModule.forRoot({
    strategy: 'jwt',
    secretKey: new Uint8Array(64).fill(7),
    apiTokenStore: new MemoryApiTokenStore(),
    maxConcurrentSessions: Infinity,
    leeway: 0,
    cleanup: false,
    logger: new MemoryLogger(),
    ...options,
  });
  const graphql = GraphQLModule.forRoot<ApolloDriverConfig>({
    driver: ApolloDriver,
    autoSchemaFile: true,
    subscriptions: { 'graphql-ws': true },
  });
  const metadata =
    door === 'graphql-ws'
      ? { imports: [sessions, graphql], providers: [Operations] }
      : { imports: [sessions], providers: [Gateway] };
  const { app, url } = await startApp('Express', metadata, undefined, (each) => {
    if (door === 'graphql-ws') return;
    each.useWebSocketAdapter(sessionSockets(each, door === 'ws' ? new WsAdapter(each) : new IoAdapter(each)));
  });
  return {
    app,
    manager: app.get(JwtSessionManager),
    connections: app.get(SessionConnections),
    url,
    open: (token) => OPEN[door](url, token),
  };
}

const OPEN: Readonly<Record<Door, (url: string, token: string) => Promise<Opened>>> = {
  'socket.io': async (url, token) => {
    const socket = io(url, {
      transports: ['websocket'],
      reconnection: false,
      forceNew: true,
      auth: { token },
    });
    let last: Closed = {};
    socket.on('exception', (frame: { message: string; statusCode: number }) => {
      last = { text: frame.message, statusCode: frame.statusCode };
    });
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('connect_error', (error) => reject(Object.assign(error, refusedWith(error))));
    });
    return {
      closed: new Promise((resolve) => socket.once('disconnect', () => resolve(last))),
      say: (message) =>
        new Promise((resolve) => {
          socket.offAny();
          socket.onAny((_event, data: unknown) =>
            resolve((data as { statusCode?: number }).statusCode ?? data),
          );
          socket.emit(message);
        }),
      leave: () => socket.disconnect(),
    };
  },
  ws: async (url, token) => {
    const headers = { authorization: `Bearer ${token}` };
    const socket = new WebSocket(url.replace('http', 'ws'), { headers });
    const closed = closeOf(socket);
    await new Promise<void>((resolve, reject) => {
      socket.once('open', resolve);
      socket.once('unexpected-response', (request, { statusCode }) => {
        request.destroy();
        reject(Object.assign(new Error('refused'), { statusCode }));
      });
      socket.on('error', reject);
    });
    const say = async (message: string) => {
      socket.send(JSON.stringify({ event: message }));
      const { data } = (await nextOf(socket)) as { data: { statusCode?: number } };
      return data.statusCode ?? data;
    };
    return { closed, say, leave: () => socket.terminate() };
  },
  'graphql-ws': async (url, token) => {
    const socket = new WebSocket(`${url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
    const closed = closeOf(socket);
    await once(socket, 'open');
    const tell = (message: object) => socket.send(JSON.stringify(message));
    tell({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } });
    await nextOf(socket);
    tell({ id: 'news', type: 'subscribe', payload: { query: 'subscription { news }' } });
    const first = (await nextOf(socket)) as Operated;
    const refusal = errorOf(first);
    if (refusal !== undefined) throw Object.assign(new Error('refused'), { statusCode: refusal });
    let operations = 0;
    const say = async (message: string) => {
      const id = `${(operations += 1)}`;
      tell({ id, type: 'subscribe', payload: { query: `{ ${message} }` } });
      for await (const [data] of on(socket, 'message')) {
        const operated = JSON.parse(String(data)) as Operated;
        if (operated.id !== id || operated.type === 'complete') continue;
        return errorOf(operated) ?? (operated.payload as { data: Record<string, unknown> }).data[message];
      }
      return undefined;
    };
    return { closed, say, leave: () => socket.terminate() };
  },
};

/** A message of graphql-ws. */
interface Operated {
  readonly id: string;
  readonly type: string;
  readonly payload: unknown;
}

const STATUS: Readonly<Record<string, number>> = { UNAUTHENTICATED: 401, SERVICE_UNAVAILABLE: 503 };

function errorOf({ type, payload }: Operated): number | undefined {
  const errors = (type === 'error' ? payload : (payload as { errors?: unknown }).errors) as
    { extensions: { code: string } }[] | undefined;
  return errors && STATUS[errors[0]!.extensions.code];
}

function refusedWith(error: Error): object {
  return (error as unknown as { data: object }).data;
}

async function nextOf(socket: WebSocket): Promise<unknown> {
  const [data] = (await once(socket, 'message')) as [Buffer];
  return JSON.parse(data.toString());
}

function closeOf(socket: WebSocket): Promise<Closed> {
  return new Promise((resolve) => {
    socket.once('close', (code, reason) => resolve({ code, text: reason.toString() }));
  });
}
