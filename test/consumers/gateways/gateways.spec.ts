import type { INestApplication } from '@nestjs/common';
import { UseGuards } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { IoAdapter } from '@nestjs/platform-socket.io';
import { WsAdapter } from '@nestjs/platform-ws';
import { Test } from '@nestjs/testing';
import { MessageBody, SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import {
  CurrentUser,
  SessionAudit,
  SessionGuard,
  SessionManager,
  SessionModule,
  sessionSockets,
} from 'nestjs-session-manager';
import { io, type Socket } from 'socket.io-client';
import { WebSocket } from 'ws';

@WebSocketGateway()
@UseGuards(SessionGuard)
class ChatGateway {
  @SubscribeMessage('say')
  say(@CurrentUser('username') name: string, @MessageBody() text: string) {
    return { event: 'said', data: `${name}: ${text}` };
  }
}

let app: INestApplication;
let accessToken: string;

async function start(adapter: (app: INestApplication) => IoAdapter | WsAdapter): Promise<string> {
  const module = await Test.createTestingModule({
    imports: [SessionModule.forRoot({ strategy: 'token', cleanup: false })],
    providers: [ChatGateway],
  }).compile();
  app = module.createNestApplication({ logger: false });
  app.useWebSocketAdapter(sessionSockets(app, adapter(app)));
  await app.listen(0, '127.0.0.1');
  accessToken = (await app.get(SessionManager).createSession('alice'))!.accessToken;
  return app.getUrl();
}

afterEach(() => app.close());

describe('a gateway of socket.io', () => {
  let url: string;
  beforeEach(async () => {
    url = await start((app) => new IoAdapter(app));
  });

  const connect = (auth: object): Socket =>
    io(url, { transports: ['websocket'], reconnection: false, forceNew: true, auth });
  const heard = <T>(socket: Socket, event: string) =>
    new Promise<T>((resolve) => void socket.once(event, resolve));

  it('lets nobody connect without a token', async () => {
    const socket = connect({});
    const { data } = await heard<{ data: unknown }>(socket, 'connect_error');
    expect(data).toMatchObject({ status: 'error', statusCode: 401, code: 'UNAUTHENTICATED' });
  });

  it('knows who speaks, and disconnects at a logout', async () => {
    const socket = connect({ token: accessToken });
    await heard(socket, 'connect');
    socket.emit('say', 'hello');
    expect(await heard(socket, 'said')).toBe('alice: hello');
    const told = heard(socket, 'exception');
    const gone = heard(socket, 'disconnect');
    await app.get(SessionManager).invalidateSession(accessToken);
    expect(await told).toMatchObject({ statusCode: 401, message: 'session ended' });
    await gone;
  });
});

describe('a gateway of ws', () => {
  let url: string;
  beforeEach(async () => {
    url = (await start((app) => new WsAdapter(app))).replace('http', 'ws');
  });

  const connect = (headers: Record<string, string>) => new WebSocket(url, { headers });

  it('answers 401 to who has no token, and upgrades nothing', async () => {
    const socket = connect({});
    const status = await new Promise((resolve) => {
      socket.once('unexpected-response', (request, response) => {
        resolve(response.statusCode);
        request.destroy();
      });
    });
    expect(status).toBe(401);
  });

  it('knows who speaks, and closes with 4401 at a logout', async () => {
    const socket = connect({ authorization: `Bearer ${accessToken}` });
    await new Promise((resolve) => socket.once('open', resolve));
    const answer = new Promise((resolve) =>
      socket.once('message', (data) => resolve(JSON.parse(String(data)))),
    );
    socket.send(JSON.stringify({ event: 'say', data: 'hello' }));
    expect(await answer).toEqual({ event: 'said', data: 'alice: hello' });
    const closed = new Promise((resolve) => socket.once('close', (code) => resolve(code)));
    await app.get(SessionManager).invalidateSession(accessToken);
    expect(await closed).toBe(4401);
  });
});

@WebSocketGateway()
class NewsGateway {
  @SubscribeMessage('read')
  read() {
    return { event: 'answer', data: 'news' };
  }
}

it('the audit knows whether APP_GUARD reaches gateways of this Nest', async () => {
  const module = await Test.createTestingModule({
    imports: [SessionModule.forRoot({ strategy: 'token', cleanup: false, checks: { level: false } })],
    providers: [NewsGateway, { provide: APP_GUARD, useExisting: SessionGuard }],
  }).compile();
  app = module.createNestApplication({ logger: false });
  app.useWebSocketAdapter(new IoAdapter(app));
  await app.listen(0, '127.0.0.1');
  const socket = io(await app.getUrl(), { transports: ['websocket'], reconnection: false, forceNew: true });
  const answered = new Promise((resolve) => {
    socket.once('answer', () => resolve(true));
    socket.once('exception', () => resolve(false));
  });
  socket.once('connect', () => socket.emit('read'));
  const { access } = app
    .get(SessionAudit)
    .handlers()
    .find(({ name }) => name === 'NewsGateway.read')!;
  expect(access).toBe((await answered) ? 'unguarded' : 'guarded');
  socket.disconnect();
});
