import { describe, expect, it } from '@jest/globals';
import { Controller, Get, UseGuards, type INestApplication, type ModuleMetadata } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { MessagePattern } from '@nestjs/microservices';
import { IoAdapter } from '@nestjs/platform-socket.io';
import { SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import type { CheckName, CheckOptions } from '../../../src/compose/boot-checks.js';
import { Permission } from '../../../src/core/permission.js';
import { JwtSessionManager } from '../../../src/managers/jwt-session.manager.js';
import { RequireDataset } from '../../../src/nest/guards/require-dataset.decorator.js';
import { SessionGuard } from '../../../src/nest/guards/session.guard.js';
import { Public } from '../../../src/nest/rules/route-access.decorators.js';
import { SessionModule } from '../../../src/nest/session.module.js';
import { sessionSockets } from '../../../src/nest/sockets/session-sockets.js';
import { MemoryApiTokenStore } from '../../../src/stores/memory/memory-api-token.store.js';
import { MemorySessionStore } from '../../../src/stores/memory/memory-session.store.js';
import { MemoryLogger } from '../../support/memory-logger.js';
import { startApp } from '../../support/nest-app.js';

@Controller('data')
class DataController {
  @RequireDataset(Permission.Read, 'dataset')
  @Get(':dataset')
  read() {
    return 'data';
  }
}

@Controller('data')
@UseGuards(SessionGuard)
class GuardedDataController extends DataController {}

@Controller('plain')
class PlainController {
  @Get()
  find() {
    return 'plain';
  }
}

@Controller()
class OpenDataController {
  @Public()
  @RequireDataset(Permission.Read, 'dataset')
  @UseGuards(SessionGuard)
  @Get(':dataset')
  read() {
    return 'data';
  }
}

@WebSocketGateway()
@UseGuards(SessionGuard)
class NewsGateway {
  @SubscribeMessage('read')
  read() {
    return 'news';
  }
}

@WebSocketGateway()
class PlainGateway {
  @SubscribeMessage('read')
  read() {
    return 'news';
  }
}

@Public()
@WebSocketGateway()
class OpenGateway {
  @UseGuards(SessionGuard)
  @SubscribeMessage('read')
  read() {
    return 'news';
  }
}

@Controller()
class Messages {
  @MessagePattern('sum')
  sum() {
    return 5;
  }
}

@Controller()
class GuardedMessages {
  @UseGuards(SessionGuard)
  @MessagePattern('sum')
  sum() {
    return 5;
  }

  @Public()
  @MessagePattern('help')
  help() {
    return 'help';
  }
}

/** Shared with other processes, of whose doings it tells nothing. */
class SilentStore extends MemorySessionStore {
  override readonly shared = true as never;
  override readonly subscribe = undefined as never;
}

interface App extends ModuleMetadata {
  readonly options?: object;
  readonly prepare?: (app: INestApplication) => unknown;
}

const BOUND = [{ provide: APP_GUARD, useExisting: SessionGuard }];
const sockets = (app: INestApplication) => app.useWebSocketAdapter(sessionSockets(app, new IoAdapter(app)));
const bare = (app: INestApplication) => app.useWebSocketAdapter(new IoAdapter(app));

/** What boot tells, or refuses with. */
async function boot({ options, prepare, ...metadata }: App, checks?: CheckOptions) {
  const logger = new MemoryLogger();
  const sessions = SessionModule.forRoot({
    strategy: 'jwt',
    secretKey: Buffer.from(JwtSessionManager.name.repeat(8)),
    apiTokenStore: new MemoryApiTokenStore(),
    cleanup: false,
    logger,
    checks,
    ...options,
  });
  const warnings = () => logger.entries.filter((entry) => entry.startsWith('warn '));
  try {
    const { app } = await startApp('Express', { ...metadata, imports: [sessions] }, undefined, prepare);
    await app.close();
    return { said: warnings().map((entry) => entry.slice('warn '.length)), refused: false };
  } catch (error) {
    return { said: [(error as Error).message], refused: true };
  }
}

const SILENT = { said: [], refused: false };

interface Case {
  readonly name: CheckName;
  readonly found: App;
  /** By what makes the difference. */
  readonly near: Readonly<Record<string, App>>;
  readonly refuses?: true;
  readonly says: RegExp;
}

const CASES: readonly Case[] = [
  {
    name: 'dataset-without-guard',
    found: { controllers: [DataController] },
    near: {
      'a guard on the class': { controllers: [GuardedDataController] },
      'a guard for the application': { controllers: [DataController], providers: BOUND },
      'a guard that is handed to the application': {
        controllers: [DataController],
        prepare: (app) => app.useGlobalGuards(app.get(SessionGuard)),
      },
      'no dataset': { controllers: [PlainController] },
    },
    refuses: true,
    says: /^DataController\.read: @RequireDataset refuses everyone where no session is asked for before/,
  },
  {
    name: 'dataset-without-guard',
    found: { controllers: [OpenDataController] },
    near: {},
    refuses: true,
    says: /^OpenDataController\.read: .* with no @Public\(\) beside it/,
  },
  {
    name: 'bare-gateway',
    found: { providers: [NewsGateway], prepare: bare },
    near: {
      sessionSockets: { providers: [NewsGateway], prepare: sockets },
      '@Public() on the class': { providers: [OpenGateway], prepare: bare },
      'nothing that is guarded': { providers: [PlainGateway], prepare: bare },
    },
    says: /^NewsGateway\.read: the messages are guarded, and everyone may connect/,
  },
  {
    name: 'hybrid-rpc',
    found: { controllers: [Messages], providers: BOUND },
    near: {
      'guards of their own': { controllers: [GuardedMessages], providers: BOUND },
      'nothing that is bound for the application': { controllers: [Messages] },
    },
    says: /^Messages\.sum: APP_GUARD reaches the handlers of a connected microservice by inheritance alone/,
  },
  {
    name: 'late-ends',
    found: { options: { store: new SilentStore(), connections: { recheck: 7 } } },
    near: {
      'connections that are not tracked': { options: { store: new SilentStore(), connections: false } },
      'a store of this process': {},
    },
    says: /^connections: the shared store does not tell .* every 7 s/,
  },
];

describe.each(CASES)('The check $name', ({ name, found, near, refuses = false, says }) => {
  it('speaks, and says how it is told that it is meant so', async () => {
    const { said, refused } = await boot(found);
    expect(said).toEqual([expect.stringMatching(says)]);
    expect(said[0]).toContain(`checks: { except: ['${name}'] }`);
    expect(refused).toBe(false);
    expect((await boot(found, { level: 'refuse' })).refused).toBe(refuses);
  });

  it('is silent nearby', async () => {
    for (const [difference, app] of Object.entries(near)) {
      expect({ difference, ...(await boot(app)) }).toEqual({ difference, ...SILENT });
    }
  });

  it('is silent as an exception, and where nobody looks', async () => {
    expect(await boot(found, { level: 'refuse', except: [name] })).toEqual(SILENT);
    expect(await boot(found, { level: false })).toEqual(SILENT);
  });
});
