import { Controller, Get, Sse, UseGuards, type INestApplication, type MessageEvent } from '@nestjs/common';
import { finalize, interval, map, type Observable } from 'rxjs';
import { TokenType } from '../../../src/core/token-type.js';
import { JwtSessionManager } from '../../../src/managers/jwt-session.manager.js';
import { SessionManager } from '../../../src/managers/session.manager.js';
import { SessionConnections } from '../../../src/nest/connections/session-connections.js';
import { SessionGuard } from '../../../src/nest/guards/session.guard.js';
import { AcceptTokens, OptionalSession, Public } from '../../../src/nest/rules/route-access.decorators.js';
import { SessionModule } from '../../../src/nest/session.module.js';
import { MemoryApiTokenStore } from '../../../src/stores/memory/memory-api-token.store.js';
import { openStream, type EventStream } from '../../support/event-stream.js';
import { MemoryLogger } from '../../support/memory-logger.js';
import { startApp, type Platform } from '../../support/nest-app.js';
import { KEY } from '../../support/managers.js';

/** How many producers have somebody who listens. */
export const producers = { running: 0 };

@Controller()
@UseGuards(SessionGuard)
export class Streams {
  @Sse('events')
  events(): Observable<MessageEvent> {
    return produced();
  }

  @Sse('scripts')
  @AcceptTokens(TokenType.Access, TokenType.Api)
  scripts(): Observable<MessageEvent> {
    return produced();
  }

  @Sse('quiet')
  quiet(): Observable<MessageEvent> {
    return produced(1000);
  }

  @Public()
  @Sse('public')
  public(): Observable<MessageEvent> {
    return produced();
  }

  @OptionalSession()
  @Sse('optional')
  optional(): Observable<MessageEvent> {
    return produced();
  }

  @Get('once')
  once() {
    return 'once';
  }
}

/** By default an event every five milliseconds, so that one falls into each window. */
function produced(milliseconds = 5): Observable<MessageEvent> {
  producers.running += 1;
  return interval(milliseconds).pipe(
    map((count) => ({ data: String(count) })),
    finalize(() => (producers.running -= 1)),
  );
}

/** An application with streams, and what is needed of it. */
export interface StreamApp {
  readonly app: INestApplication;
  readonly manager: JwtSessionManager;
  readonly connections: SessionConnections;
  readonly logger: MemoryLogger;
  open(token: string, route?: string): Promise<EventStream>;
  close(): Promise<void>;
}

/** Starts one under `jwt`; tokens end with no leeway, so that a second is one. */
export async function streamApp(platform: Platform, options: object = {}): Promise<StreamApp> {
  const logger = new MemoryLogger();
  const sessions = SessionModule.forRoot({
    strategy: 'jwt',
    secretKey: KEY,
    apiTokenStore: new MemoryApiTokenStore(),
    maxConcurrentSessions: Infinity,
    leeway: 0,
    logger,
    ...options,
  });
  const { app, url } = await startApp(platform, { imports: [sessions], controllers: [Streams] });
  return {
    app,
    manager: app.get(SessionManager),
    connections: app.get(SessionConnections),
    logger,
    open: (token, route = 'events') => openStream(`${url}/${route}`, { authorization: `Bearer ${token}` }),
    close: () => app.close(),
  };
}

/** Resolves as soon as it holds; the time limit of the test ends what never does. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5));
}
