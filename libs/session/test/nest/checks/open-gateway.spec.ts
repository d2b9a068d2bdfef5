import { expect, it, jest } from '@jest/globals';
import { Controller, Get, type INestApplication, type ModuleMetadata } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { IoAdapter } from '@nestjs/platform-socket.io';
import { SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { MemoryLogger } from '../../support/memory-logger.js';
import { startApp } from '../../support/nest-app.js';

/** Nest is another one in this process; what is told of it decides. That 10 and 11 do so `test/consumers` tries. */
const nest: { major: number | undefined } = { major: 11 };
jest.unstable_mockModule('../../../src/util/installed-major.js', () => ({
  installedMajor: () => nest.major,
}));
const { SessionGuard } = await import('../../../src/nest/guards/session.guard.js');
const { Public } = await import('../../../src/nest/rules/route-access.decorators.js');
const { SessionAudit } = await import('../../../src/nest/audit/session-audit.js');
const { SessionModule } = await import('../../../src/nest/session.module.js');
const { sessionSockets } = await import('../../../src/nest/sockets/session-sockets.js');

@WebSocketGateway()
class NewsGateway {
  @SubscribeMessage('read')
  read() {
    return 'news';
  }
}

@WebSocketGateway()
class OpenGateway {
  @Public()
  @SubscribeMessage('read')
  read() {
    return 'news';
  }
}

@Controller()
class NewsController {
  @Get()
  read() {
    return 'news';
  }
}

const BOUND = { provide: APP_GUARD, useExisting: SessionGuard };
const bare = (app: INestApplication) => app.useWebSocketAdapter(new IoAdapter(app));
const sockets = (app: INestApplication) => app.useWebSocketAdapter(sessionSockets(app, new IoAdapter(app)));

async function boot(
  { providers = [] }: ModuleMetadata,
  { major, prepare = bare }: { major?: number; prepare?: (app: INestApplication) => unknown } = {},
) {
  nest.major = major;
  const logger = new MemoryLogger();
  const sessions = SessionModule.forRoot({
    strategy: 'token',
    secretKey: Buffer.from('many bytes'.repeat(8)),
    cleanup: false,
    checks: { level: 'refuse' },
    logger,
  });
  const metadata = { imports: [sessions], controllers: [NewsController], providers };
  const starting = startApp('Express', metadata, undefined, prepare);
  const started = await starting.catch((error: Error) => error);
  if (started instanceof Error) return { refusal: started.message };
  const { app } = started;
  const access = app
    .get(SessionAudit)
    .handlers()
    .map((handler) => `${handler.name}: ${handler.access}`);
  await app.close();
  return { access, warnings: logger.entries.filter((entry) => entry.startsWith('warn ')) };
}

it('APP_GUARD before gateways of Nest 10 and 11 refuses to boot, for they are open', async () => {
  for (const major of [10, 11]) {
    expect(await boot({ providers: [NewsGateway, BOUND] }, { major })).toEqual({
      refusal: expect.stringMatching(
        `^NewsGateway\\.read: APP_GUARD does not reach gateways of Nest ${major}, .*'open-gateway'`,
      ),
    });
  }
});

it('is silent where the gateway is meant to be open, its connections are judged, or nothing is bound', async () => {
  const open = await boot({ providers: [OpenGateway, BOUND] }, { major: 11 });
  expect(open.warnings).toEqual([]);
  const judged = await boot({ providers: [NewsGateway, BOUND] }, { major: 11, prepare: sockets });
  expect(judged.warnings).toEqual([]);
  const half = await boot({ providers: [NewsGateway] }, { major: 11 });
  expect(half.warnings).toEqual([]);
});

it('from Nest 12 on APP_GUARD guards messages; what cannot be known guards none, and refuses nothing', async () => {
  const messages = async (major?: number) => {
    const { access } = await boot({ providers: [NewsGateway, BOUND] }, { major, prepare: sockets });
    return access;
  };
  const rest = ['NewsGateway: guarded', 'NewsController.read: guarded'];
  expect((await messages(12))!.sort()).toEqual(['NewsGateway.read: guarded', ...rest].sort());
  expect((await messages(11))!.sort()).toEqual(['NewsGateway.read: unguarded', ...rest].sort());
  expect((await messages(undefined))!.sort()).toEqual(['NewsGateway.read: unguarded', ...rest].sort());
  expect((await boot({ providers: [NewsGateway, BOUND] })).warnings).toEqual([]);
});
