import {
  Body,
  Controller,
  Get,
  Header,
  HttpCode,
  Post,
  Req,
  Res,
  UseGuards,
  type INestApplication,
} from '@nestjs/common';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { createServer as createHttpServer, type IncomingMessage, type Server } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import { SessionTransport } from '../../src/core/session-transport.js';
import { SessionManager } from '../../src/managers/session.manager.js';
import { tokensOr429 } from '../../src/nest/contexts/http/tokens-or-429.js';
import { SessionGuard } from '../../src/nest/guards/session.guard.js';
import { CurrentUser } from '../../src/nest/rules/current-session.decorators.js';
import { SessionModule } from '../../src/nest/session.module.js';
import { MemoryLogger } from '../support/memory-logger.js';
import type { Platform } from '../support/nest-app.js';
import { selfSigned } from './certificate.js';

const CERTIFICATE = selfSigned();
const PAGE = '<!doctype html><title>A page</title>';

/** What has been moved in the name of whom. */
class Ledger {
  readonly moves: string[] = [];
}

@Controller()
class Bank {
  constructor(
    private readonly sessions: SessionManager,
    private readonly transport: SessionTransport,
    private readonly ledger: Ledger,
  ) {}

  @Get()
  @Header('Content-Type', 'text/html')
  page() {
    return PAGE;
  }

  @Post('login')
  @HttpCode(200)
  async login(
    @Req() request: object,
    @Res({ passthrough: true }) response: object,
    @Body('name') name: string,
  ) {
    this.transport.check(request);
    this.transport.write(request, response, tokensOr429(await this.sessions.createSession(name)));
    return {};
  }

  @Post('refresh')
  async refresh(@Req() request: object, @Res({ passthrough: true }) response: object) {
    this.transport.check(request);
    const token = this.transport.read(request, 'refresh');
    this.transport.write(request, response, tokensOr429(await this.sessions.refreshSession(token)));
    return {};
  }

  @Get('me')
  @UseGuards(SessionGuard)
  me(@CurrentUser('username') name: string) {
    return { name };
  }

  @Post('move')
  @UseGuards(SessionGuard)
  move(@CurrentUser('username') name: string) {
    this.ledger.moves.push(name);
    return {};
  }

  @Post('logout')
  @UseGuards(SessionGuard)
  async logout(@Req() request: object, @Res({ passthrough: true }) response: object) {
    await this.sessions.invalidateSession(this.transport.read(request));
    this.transport.clear(request, response);
    return {};
  }
}

/** An application over https at `app.site.test`, which everything is tried on. */
export interface Victim {
  readonly origin: string;
  /** Who moved something, one entry a time. */
  readonly moves: readonly string[];
  close(): Promise<void>;
}

/** Its CORS is the mistake that lets any origin send what it likes, credentials and headers of its own included. */
export async function startVictim(platform: Platform, transport: SessionTransport): Promise<Victim> {
  const logger = new MemoryLogger();
  const module = await Test.createTestingModule({
    imports: [SessionModule.forRoot({ strategy: 'jwt', maxConcurrentSessions: Infinity, logger, transport })],
    controllers: [Bank],
    providers: [Ledger],
  })
    .setLogger(logger)
    .compile();
  const app: INestApplication =
    platform === 'Express'
      ? module.createNestApplication(new ExpressAdapter(), { httpsOptions: CERTIFICATE })
      : module.createNestApplication(new FastifyAdapter({ https: CERTIFICATE }));
  app.enableCors({ origin: true, credentials: true });
  await app.listen(0, '127.0.0.1');
  const server = app.getHttpServer() as Server;
  const { moves } = app.get(Ledger);
  const sockets = serveSockets(server, app, moves);
  return {
    origin: `https://app.site.test:${portOf(server)}`,
    moves,
    close: async () => {
      sockets.close();
      for (const socket of sockets.clients) socket.terminate();
      server.closeAllConnections();
      await app.close();
    },
  };
}

/** WebSockets that move something with each message, for whoever the handshake says it is. */
function serveSockets(server: Server, app: INestApplication, moves: string[]): WebSocketServer {
  const sockets = new WebSocketServer({ noServer: true });
  const admit = async (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const { username } = await sessionOf(request, app);
    sockets.handleUpgrade(request, socket, head, (connection) => {
      connection.on('message', () => {
        moves.push(username);
        connection.send('moved');
      });
    });
  };
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    admit(request, socket, head).catch(() => socket.end('HTTP/1.1 403 Forbidden\r\n\r\n'));
  });
  return sockets;
}

/** As the guard does it. */
async function sessionOf(request: IncomingMessage, app: INestApplication) {
  const transport = app.get(SessionTransport);
  const credential = transport.read(request);
  if (credential !== undefined) transport.check(request, 'read');
  return app.get(SessionManager).validateSession(credential);
}

/** Pages that attack, by where they come from as the victim sees it. */
export interface Attackers {
  readonly origins: Readonly<Record<'another site' | 'a sibling' | 'another port' | 'http', string>>;
  close(): void;
}

export async function startAttackers(): Promise<Attackers> {
  const answer = (
    _: unknown,
    response: { end(page: string): void; setHeader(n: string, v: string): void },
  ) => {
    response.setHeader('Content-Type', 'text/html');
    response.end(PAGE);
  };
  const servers = [createHttpsServer(CERTIFICATE, answer), createHttpServer(answer)];
  for (const server of servers) {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  }
  const [https, http] = servers.map(portOf);
  return {
    origins: {
      'another site': `https://evil.test:${https}`,
      'a sibling': `https://other.site.test:${https}`,
      'another port': `https://app.site.test:${https}`,
      http: `http://app.site.test:${http}`,
    },
    close: () => {
      for (const server of servers) {
        server.close();
        server.closeAllConnections();
      }
    },
  };
}

function portOf(server: { address(): unknown }): number {
  return (server.address() as AddressInfo).port;
}
