import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { UseGuards, type INestApplication, type Type, type WebSocketAdapter } from '@nestjs/common';
import { IoAdapter } from '@nestjs/platform-socket.io';
import { WsAdapter } from '@nestjs/platform-ws';
import { Test } from '@nestjs/testing';
import { SubscribeMessage, WebSocketGateway, WebSocketServer } from '@nestjs/websockets';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { connect, type AddressInfo, type Server as TcpServer } from 'node:net';
import { io, type Socket } from 'socket.io-client';
import { WebSocket, type WebSocketServer as WsServer } from 'ws';
import type { SessionInfo } from '../../../src/core/session.js';
import type { SessionTransport } from '../../../src/core/session-transport.js';
import { SessionManager } from '../../../src/managers/session.manager.js';
import { carriedSession } from '../../../src/nest/contexts/request-session.js';
import { SessionGuard } from '../../../src/nest/guards/session.guard.js';
import { CurrentUser } from '../../../src/nest/rules/current-session.decorators.js';
import { OptionalSession, Public } from '../../../src/nest/rules/route-access.decorators.js';
import { SessionModule } from '../../../src/nest/session.module.js';
import { SessionConnections } from '../../../src/nest/connections/session-connections.js';
import { sessionSockets } from '../../../src/nest/sockets/session-sockets.js';
import { BearerTransport } from '../../../src/nest/transports/bearer.transport.js';
import { CookieTransport } from '../../../src/nest/transports/cookie.transport.js';
import { guardAs } from '../../../src/testing/guard-as.js';
import { MemoryLogger } from '../../support/memory-logger.js';
import { freePort } from '../../support/ports.js';

type Kind = 'socket.io' | 'ws';
const KINDS: readonly Kind[] = ['socket.io', 'ws'];
const adapterFor = (kind: Kind, app: INestApplication) =>
  kind === 'ws' ? new WsAdapter(app) : new IoAdapter(app);

/** Whom `handleConnection` was called for. */
const connected: unknown[] = [];
const closing: (() => unknown)[] = [];

beforeEach(() => {
  connected.length = 0;
});
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

@WebSocketGateway()
@UseGuards(SessionGuard)
class News {
  @WebSocketServer()
  server!: { readonly clients?: Iterable<WebSocket>; emit(event: string, text: string): unknown };

  handleConnection(client: object) {
    connected.push(carriedSession(client)?.session.username);
  }

  @SubscribeMessage('who')
  who(@CurrentUser('username') username: string) {
    return { event: 'who', data: username };
  }

  broadcast(text: string) {
    if (this.server.clients === undefined) this.server.emit('news', text);
    else for (const client of this.server.clients) client.send(JSON.stringify({ event: 'news', data: text }));
  }
}

interface Given {
  readonly gateways?: readonly Type<unknown>[];
  readonly transport?: SessionTransport;
  readonly resolveUser?: (session: SessionInfo) => unknown;
  readonly wrap?: (app: INestApplication, adapter: WebSocketAdapter) => WebSocketAdapter;
  readonly guard?: SessionGuard;
  readonly connections?: false;
}

async function start(kind: Kind, given: Given = {}) {
  const { gateways = [News], transport, resolveUser, wrap = sessionSockets, guard, connections } = given;
  const builder = Test.createTestingModule({
    imports: [
      SessionModule.forRoot({ strategy: 'token', cleanup: false, transport, resolveUser, connections }),
    ],
    providers: [...gateways],
  });
  if (guard !== undefined) builder.overrideProvider(SessionGuard).useValue(guard);
  const module = await builder.setLogger(new MemoryLogger()).compile();
  const app = module.createNestApplication();
  closing.push(() => app.close());
  app.useWebSocketAdapter(wrap(app, adapterFor(kind, app)));
  await app.listen(0, '127.0.0.1');
  const manager = app.get(SessionManager);
  const { accessToken } = (await manager.createSession('alice'))!;
  return { app, url: await app.getUrl(), manager, accessToken };
}

interface Client {
  /** What it is told when it cannot connect. */
  readonly refusal: unknown;
  ask(event: string): Promise<{ event: string; data: unknown }>;
  /** The next event that comes. */
  next(): Promise<{ event: string; data: unknown }>;
}

/** Connects by headers, as both kinds can. */
async function connectTo(
  kind: Kind,
  url: string,
  headers: Record<string, string> = {},
  place = '',
): Promise<Client> {
  return kind === 'ws' ? connectWs(url, headers, place) : connectIo(url, headers, place);
}

async function connectIo(url: string, headers: Record<string, string>, namespace: string): Promise<Client> {
  const socket: Socket = io(`${url}${namespace}`, {
    transports: ['websocket'],
    extraHeaders: headers,
    reconnection: false,
    forceNew: true,
  });
  closing.push(() => socket.disconnect());
  const refusal = await new Promise<unknown>((resolve) => {
    socket.once('connect', () => resolve(undefined));
    socket.once('connect_error', (error) => resolve((error as unknown as { data: unknown }).data));
  });
  const next = () =>
    new Promise<{ event: string; data: unknown }>((resolve) => {
      socket.offAny();
      socket.onAny((event: string, data: unknown) => resolve({ event, data }));
    });
  const ask = (event: string) => {
    const answer = next();
    socket.emit(event);
    return answer;
  };
  return { refusal, ask, next };
}

async function connectWs(url: string, headers: Record<string, string>, path: string): Promise<Client> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}${path}`, { headers });
  closing.push(() => socket.terminate());
  const refusal = await new Promise<unknown>((resolve, reject) => {
    socket.once('open', () => resolve(undefined));
    socket.once('unexpected-response', (_request, response) => {
      const { statusCode: status, headers: told } = response;
      response.toArray().then((chunks) => {
        resolve({ status, challenge: told['www-authenticate'], body: JSON.parse(String(chunks.join(''))) });
      }, reject);
    });
    socket.once('error', reject);
  });
  const next = async () =>
    JSON.parse(String((await once(socket, 'message'))[0])) as { event: string; data: unknown };
  const ask = (event: string) => {
    const answer = next();
    socket.send(JSON.stringify({ event, data: {} }));
    return answer;
  };
  return { refusal, ask, next };
}

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

/** What a client is told of a refused handshake. */
function told(kind: Kind, statusCode: number, message: string, code: string) {
  if (kind === 'socket.io') return { status: 'error', statusCode, message, code };
  return expect.objectContaining({ status: statusCode, body: { statusCode, message } });
}

const UNAUTHORIZED = [401, 'Unauthorized', 'UNAUTHENTICATED'] as const;

describe.each(KINDS)('sessionSockets on %s', (kind) => {
  it('X7 (what it protects from) without it, whoever connects hears what a guarded gateway broadcasts', async () => {
    const { app, url } = await start(kind, { wrap: (_, adapter) => adapter });
    const { refusal, next } = await connectTo(kind, url);
    expect(refusal).toBeUndefined();
    const heard = next();
    app.get(News).broadcast('secret');
    expect(await heard).toEqual({ event: 'news', data: 'secret' });
  });

  it('X7 only who has a session connects, and hears what is broadcast', async () => {
    const { url, accessToken } = await start(kind);
    for (const headers of [{}, bearer('garbage')]) {
      expect((await connectTo(kind, url, headers)).refusal).toEqual(told(kind, ...UNAUTHORIZED));
    }
    expect(connected).toEqual([]);
    const { refusal, ask } = await connectTo(kind, url, bearer(accessToken));
    expect(refusal).toBeUndefined();
    expect(await ask('who')).toEqual({ event: 'who', data: 'alice' });
  });

  it('handleConnection finds the session on its client', async () => {
    const { url, accessToken } = await start(kind);
    await connectTo(kind, url, bearer(accessToken));
    expect(connected).toEqual(['alice']);
  });

  it('a message after a logout is refused where nothing is kept, and the connection does not remember that for the next one', async () => {
    let isBlocked = false;
    const resolveUser = (session: SessionInfo) => (isBlocked ? undefined : session);
    const { url, manager, accessToken } = await start(kind, { resolveUser, connections: false });
    const { ask } = await connectTo(kind, url, bearer(accessToken));
    const refused = { event: 'exception', data: expect.objectContaining({ statusCode: 401 }) };
    isBlocked = true;
    expect(await ask('who')).toEqual(refused);
    isBlocked = false;
    expect(await ask('who')).toEqual({ event: 'who', data: 'alice' });
    await manager.invalidateSession(accessToken);
    expect(await ask('who')).toEqual(refused);
  });

  it('a handshake by cookie has to come from its own site, and by another credential from anywhere', async () => {
    const ours = await start(kind, { transport: new CookieTransport() });
    const cookie = { cookie: `__Host-nsm_access=${ours.accessToken}` };
    const another = 'https://evil.example';
    const origins: Record<string, string>[] = [
      {},
      { origin: another },
      { origin: 'null' },
      { origin: another, 'sec-fetch-site': 'none' },
    ];
    for (const from of origins) {
      const { refusal } = await connectTo(kind, ours.url, { ...cookie, ...from });
      expect(refusal).toEqual(told(kind, 403, expect.stringContaining('its own site') as never, 'FORBIDDEN'));
    }
    expect((await connectTo(kind, ours.url, { ...cookie, origin: ours.url })).refusal).toBeUndefined();
    // The same request where nothing rides along by itself.
    const theirs = await start(kind, { transport: new BearerTransport() });
    const free = { ...bearer(theirs.accessToken), origin: another };
    expect((await connectTo(kind, theirs.url, free)).refusal).toBeUndefined();
  });

  it('an error of the application’s own lets nobody in, and tells nothing', async () => {
    const resolveUser = () => {
      throw new Error('the database password is wrong');
    };
    const { url, accessToken } = await start(kind, { resolveUser });
    const { refusal } = await connectTo(kind, url, bearer(accessToken));
    expect(refusal).toMatchObject(kind === 'ws' ? { status: 500 } : { statusCode: 500 });
    expect(JSON.stringify(refusal)).not.toContain('password');
  });

  it('R8 keeps each connection that a session opened, and lets go of it when it closes', async () => {
    const { app, url, accessToken } = await start(kind);
    const connections = app.get(SessionConnections);
    await connectTo(kind, url);
    expect(connections.size).toBe(0);
    await connectTo(kind, url, bearer(accessToken));
    expect(connections.size).toBe(1);
    closing.pop()!();
    while (connections.size > 0) await pause(1);
  });

  it('who stands in for the guard in a test stands in here, too', async () => {
    const { url } = await start(kind, { guard: guardAs('carol') });
    expect((await connectTo(kind, url)).refusal).toBeUndefined();
    expect(connected).toEqual(['carol']);
  });

  it('@Public() on a gateway lets everyone connect, @OptionalSession() who has none, and not with a bad one', async () => {
    @WebSocketGateway(kind === 'ws' ? { path: '/public' } : { namespace: 'public' })
    @Public()
    class Open {}
    @WebSocketGateway(kind === 'ws' ? { path: '/optional' } : { namespace: '/optional' })
    @OptionalSession()
    class Optional {}
    const { url } = await start(kind, { gateways: [News, Open, Optional] });
    const refusal = async (place: string, headers?: Record<string, string>) =>
      (await connectTo(kind, url, headers, place)).refusal;
    expect(await refusal('/public', bearer('garbage'))).toBeUndefined();
    expect(await refusal('/optional')).toBeUndefined();
    expect(await refusal('/optional', bearer('garbage'))).toEqual(told(kind, ...UNAUTHORIZED));
    expect(await refusal('/')).toEqual(told(kind, ...UNAUTHORIZED));
  });

  it('a public gateway opens no door that it shares with another', async () => {
    @WebSocketGateway()
    @Public()
    class Open {}
    const { url } = await start(kind, { gateways: [Open, News] });
    expect((await connectTo(kind, url)).refusal).toEqual(told(kind, ...UNAUTHORIZED));
  });

  it('a gateway on a port of its own is guarded, too', async () => {
    // Any free one: Nest reads 0 as the application's own.
    const port = await freePort();
    @WebSocketGateway(port)
    class Apart {}
    const { url, accessToken } = await start(kind, { gateways: [News, Apart] });
    const apart = url.replace(/:\d+$/, `:${port}`);
    expect((await connectTo(kind, apart)).refusal).toEqual(told(kind, ...UNAUTHORIZED));
    expect((await connectTo(kind, apart, bearer(accessToken))).refusal).toBeUndefined();
  });
});

describe('sessionSockets', () => {
  it('challenges over ws as HTTP does', async () => {
    const { url } = await start('ws');
    expect((await connectTo('ws', url)).refusal).toMatchObject({ challenge: 'Bearer' });
    const { refusal } = await connectTo('ws', url, bearer('garbage'));
    expect(refusal).toMatchObject({ challenge: 'Bearer error="invalid_token"' });
  });

  it('R8 closes a connection of ws with a code and a reason when its session ends', async () => {
    const { url, accessToken, manager } = await start('ws');
    const socket = new WebSocket(url.replace('http', 'ws'), { headers: bearer(accessToken) });
    const closed = once(socket, 'close');
    await once(socket, 'open');
    await manager.invalidateSession(accessToken);
    const [code, reason] = (await closed) as [number, Buffer];
    expect([code, reason.toString()]).toEqual([4401, 'session ended']);
  });

  it('R8 tells a client of socket.io why, and disconnects it, when its session ends', async () => {
    const { url, accessToken, manager } = await start('socket.io');
    const { next } = await connectTo('socket.io', url, bearer(accessToken));
    const last = next();
    await manager.invalidateSession(accessToken);
    expect(await last).toMatchObject({
      event: 'exception',
      data: { status: 'error', statusCode: 401, message: 'session ended', code: 'UNAUTHENTICATED' },
    });
  });

  it('a client of ws that goes away while it is judged harms nobody', async () => {
    let judge = (): void => {};
    const judging = new Promise<void>((resolve) => (judge = resolve));
    let begun = (): void => {};
    const asked = new Promise<void>((resolve) => (begun = resolve));
    const resolveUser = async (session: SessionInfo) => {
      begun();
      await judging;
      return session;
    };
    const { app, url, accessToken } = await start('ws', { resolveUser });
    const { port } = (app.getHttpServer() as TcpServer).address() as AddressInfo;
    const raw = connect(port, '127.0.0.1');
    raw.write(
      'GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n' +
        `Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nAuthorization: Bearer ${accessToken}\r\n\r\n`,
    );
    await asked;
    raw.resetAndDestroy();
    judge();
    expect((await connectTo('ws', url, bearer(accessToken))).refusal).toBeUndefined();
    expect(connected.filter((name) => name === 'alice').length).toBeGreaterThan(0);
  });

  it('asks who comes back by connectionStateRecovery, who would come back unasked otherwise', async () => {
    for (const [wrap, skips] of [
      [(_: unknown, adapter: WebSocketAdapter) => adapter, true],
      [sessionSockets, false],
    ] as const) {
      @WebSocketGateway({ connectionStateRecovery: { maxDisconnectionDuration: 60_000 } })
      class Recovering {
        // An event has to come once, so that the client knows from where on to recover.
        handleConnection(client: { emit(event: string, text: string): void }) {
          client.emit('hello', 'there');
        }
      }
      const { url, manager, accessToken } = await start('socket.io', {
        gateways: [Recovering],
        wrap,
      });
      const socket = io(url, {
        transports: ['websocket'],
        auth: { token: accessToken },
        reconnectionDelay: 1,
        forceNew: true,
      });
      closing.push(() => socket.disconnect());
      await once(socket as never, 'hello');
      await manager.invalidateSession(accessToken);
      const back = new Promise<unknown>((resolve) => {
        socket.once('connect', () => resolve(socket.recovered));
        socket.once('connect_error', (error) => resolve((error as unknown as { data: unknown }).data));
      });
      socket.io.engine.close();
      expect(await back).toEqual(skips ? true : told('socket.io', ...UNAUTHORIZED));
    }
  });

  it('refuses to boot without a session module, and on a server that it cannot guard', async () => {
    const module = await Test.createTestingModule({}).compile();
    const bare = module.createNestApplication();
    closing.push(() => bare.close());
    expect(() => sessionSockets(bare, new IoAdapter(bare))).toThrow(/found no SessionGuard/);
    const unknown = start('ws', {
      wrap: (app) => sessionSockets(app, { create: () => ({ on: () => {} }), dispose: () => {} } as never),
    });
    await expect(unknown).rejects.toThrow(/handshakes cannot be guarded/);
  });

  it('guards whatever server an adapter of the application’s own makes', async () => {
    class Own extends WsAdapter {
      // It listens by itself, and hands on none of the options that it got.
      override create(port: number): WsServer {
        return super.create(port, { path: '/' }) as WsServer;
      }
    }
    const { url, accessToken } = await start('ws', { wrap: (app) => sessionSockets(app, new Own(app)) });
    expect((await connectTo('ws', url)).refusal).toEqual(told('ws', ...UNAUTHORIZED));
    expect((await connectTo('ws', url, bearer(accessToken))).refusal).toBeUndefined();
  });
});
