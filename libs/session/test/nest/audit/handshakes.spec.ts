import { describe, expect, it } from '@jest/globals';
import type { INestApplication, Type } from '@nestjs/common';
import { IoAdapter } from '@nestjs/platform-socket.io';
import { SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { io } from 'socket.io-client';
import { SessionAudit } from '../../../src/nest/audit/session-audit.js';
import { OptionalSession, Public } from '../../../src/nest/rules/route-access.decorators.js';
import { SessionModule } from '../../../src/nest/session.module.js';
import { sessionSockets } from '../../../src/nest/sockets/session-sockets.js';
import { SILENT } from '../../../src/testing/silent-logger.js';
import { startApp } from '../../support/nest-app.js';
import { met } from './met.js';

@WebSocketGateway()
class News {
  @SubscribeMessage('read')
  read() {
    return 'news';
  }
}

@Public()
@WebSocketGateway()
class Weather {}

@Public()
@WebSocketGateway({ namespace: 'chat' })
class Chat {}

@OptionalSession()
@WebSocketGateway({ namespace: '/guests' })
class Guests {}

const sockets = (app: INestApplication) => app.useWebSocketAdapter(sessionSockets(app, new IoAdapter(app)));
const bare = (app: INestApplication) => app.useWebSocketAdapter(new IoAdapter(app));

/** Whether somebody without a credential is connected. */
function connects(url: string, entry: string): Promise<boolean> {
  const socket = io(`${url}${entry.replace('connect ', '')}`, {
    transports: ['websocket'],
    reconnection: false,
    forceNew: true,
  });
  return new Promise<boolean>((resolve) => {
    socket.once('connect', () => resolve(true));
    socket.once('connect_error', () => resolve(false));
  }).finally(() => socket.disconnect());
}

async function handshakes(gateways: Type<unknown>[], prepare: (app: INestApplication) => unknown) {
  const { app, url } = await startApp(
    'Express',
    {
      imports: [SessionModule.forRoot({ strategy: 'token', cleanup: false, logger: SILENT })],
      providers: gateways,
    },
    undefined,
    prepare,
  );
  try {
    const rows = app
      .get(SessionAudit)
      .handlers()
      .filter(({ kind }) => kind === 'handshake');
    for (const row of rows) expect(await connects(url, row.entry)).toBe(met(row).anonymous);
    return rows.map(({ entry, name, access }) => `${entry} | ${name} | ${access}`);
  } finally {
    await app.close();
  }
}

describe('A handshake', () => {
  it('is guarded by sessionSockets(), as the class of the gateway says', async () => {
    expect(await handshakes([News, Chat, Guests], sockets)).toEqual([
      'connect / | News | guarded',
      'connect /chat | Chat | public',
      'connect /guests | Guests | optional',
    ]);
  });

  it('is unguarded without it, unless somebody said that it is public', async () => {
    expect(await handshakes([News, Chat, Guests], bare)).toEqual([
      'connect / | News | unguarded',
      'connect /chat | Chat | public',
      'connect /guests | Guests | unguarded',
    ]);
  });

  it('of several gateways is as open as the strictest of them', async () => {
    expect(await handshakes([Weather, News], sockets)).toEqual([
      'connect / | News | guarded',
      'connect / | Weather | guarded',
    ]);
  });
});
