import { afterEach, describe, expect, it, jest } from '@jest/globals';
import {
  Controller,
  ForbiddenException,
  Get,
  Injectable,
  Module,
  UseGuards,
  type ExecutionContext,
  type INestApplication,
} from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { ScheduleModule, SchedulerRegistry } from '@nestjs/schedule';
import { Test, type TestingModuleBuilder } from '@nestjs/testing';
import type { SessionOptions } from '../../src/compose/options.js';
import { Permission } from '../../src/core/permission.js';
import { JwtSessionManager } from '../../src/managers/jwt-session.manager.js';
import { NoAuthSessionManager } from '../../src/managers/no-auth-session.manager.js';
import { SessionManager } from '../../src/managers/session.manager.js';
import { SingleSessionManager } from '../../src/managers/single-session.manager.js';
import { SESSION_CLEANUP_JOB } from '../../src/nest/cleanup/session-cleanup.js';
import { CurrentUser } from '../../src/nest/rules/current-session.decorators.js';
import { RequireDataset } from '../../src/nest/guards/require-dataset.decorator.js';
import { DatasetGuard } from '../../src/nest/guards/dataset.guard.js';
import { SessionGuard } from '../../src/nest/guards/session.guard.js';
import type { SessionOptionsFactory } from '../../src/nest/module-definition.js';
import { SessionModule } from '../../src/nest/session.module.js';
import { MemorySessionStore } from '../../src/stores/memory/memory-session.store.js';
import { MemoryLogger } from '../support/memory-logger.js';
import { startApp } from '../support/nest-app.js';

const logger = new MemoryLogger();
const open: INestApplication[] = [];

afterEach(async () => {
  await Promise.all(open.splice(0).map((app) => app.close()));
});

async function start(...args: Parameters<typeof startApp>) {
  const started = await startApp(...args);
  open.push(started.app);
  return started;
}

async function compiled(metadata: Parameters<typeof Test.createTestingModule>[0]) {
  const module = await Test.createTestingModule(metadata).setLogger(new MemoryLogger()).compile();
  const app = module.createNestApplication();
  open.push(app);
  return app.init();
}

describe('SessionModule', () => {
  it.each([
    ['token', SessionManager],
    ['single', SingleSessionManager],
    ['no-auth', NoAuthSessionManager],
    ['jwt', JwtSessionManager],
  ] as const)(
    'forRoot(%p) provides the manager under its own class and under SessionManager',
    async (strategy, type) => {
      const app = await compiled({ imports: [SessionModule.forRoot(strategy)] });
      expect(app.get<unknown>(type)).toBeInstanceOf(type);
      expect(app.get<unknown>(type)).toBe(app.get(SessionManager));
    },
  );

  @Injectable()
  class Factory implements SessionOptionsFactory<'jwt'> {
    createSessionOptions() {
      return { sessionTimeout: 77, logger };
    }
  }

  @Module({ providers: [Factory], exports: [Factory] })
  class FactoryModule {}

  it.each([
    [
      'useFactory',
      {
        useFactory: async (factory: Factory) => factory.createSessionOptions(),
        inject: [Factory],
        imports: [FactoryModule],
      },
    ],
    ['useClass', { useClass: Factory }],
    ['useExisting', { useExisting: Factory, imports: [FactoryModule] }],
  ])('forRootAsync takes its options by %s', async (_way, source) => {
    const app = await compiled({
      imports: [SessionModule.forRootAsync({ strategy: 'jwt', ...source } as never)],
    });
    const tokens = await app.get(JwtSessionManager).createSession('alice');
    expect(tokens!.expiresIn).toBe(77);
  });

  it('refuses options that are wrong, at boot', async () => {
    for (const options of [{ strategy: 'token', leeway: 2 }, { strategy: 'basic' }, 'basic', undefined]) {
      await expect(
        compiled({ imports: [SessionModule.forRoot(options as unknown as SessionOptions)] }),
      ).rejects.toMatchObject({
        code: 'SESSION_CONFIGURATION',
      });
    }
  });

  it('refuses a factory that names another strategy', async () => {
    const imports = [
      SessionModule.forRootAsync({ strategy: 'jwt', useFactory: () => ({ strategy: 'token' }) as never }),
    ];
    await expect(compiled({ imports })).rejects.toMatchObject({ code: 'SESSION_CONFIGURATION' });
  });

  it('refuses a second instance in one application and says why', async () => {
    @Module({ imports: [SessionModule.forRoot({ strategy: 'token', logger })] })
    class Feature {}
    const imports = [SessionModule.forRoot({ strategy: 'jwt', logger }), Feature];
    await expect(compiled({ imports })).rejects.toThrow(
      /SessionModule: expected one instance in an application, got 2/,
    );
  });

  it('one instance may be imported wherever it is wanted', async () => {
    const shared = SessionModule.forRoot({ strategy: 'token', logger });
    @Module({ imports: [shared] })
    class Feature {}
    await expect(compiled({ imports: [shared, Feature] })).resolves.toBeDefined();
  });

  it('is global unless told otherwise: then a module that injects imports it', async () => {
    @Injectable()
    class Uses {
      constructor(readonly sessions: SessionManager) {}
    }
    @Module({ providers: [Uses] })
    class Feature {}
    const imports = (isGlobal: boolean) => [
      SessionModule.forRoot({ strategy: 'token', logger, isGlobal }),
      Feature,
    ];
    await expect(compiled({ imports: imports(true) })).resolves.toBeDefined();
    await expect(compiled({ imports: imports(false) })).rejects.toThrow(
      /can't resolve dependencies of the Uses/,
    );
  });

  it('closes the stores at shutdown, after the clean-up has stopped', async () => {
    const store = new MemorySessionStore();
    const closed = jest.spyOn(store, 'close');
    const app = await compiled({
      imports: [SessionModule.forRoot({ strategy: 'token', secretKey: new Uint8Array(64), store, logger })],
    });
    expect(closed).not.toHaveBeenCalled();
    await app.close();
    expect(closed).toHaveBeenCalledTimes(1);
  });
});

describe('resolveUser', () => {
  @Controller()
  @UseGuards(SessionGuard)
  class Me {
    @Get('me')
    me(@CurrentUser() user: unknown, @CurrentUser('name') name: string) {
      return { user, name };
    }
  }

  it('gives @CurrentUser, once per guarded request, and refuses with null or undefined', async () => {
    const users: Record<string, object | null> = { alice: { name: 'Alice' }, bob: null };
    const resolveUser = jest.fn(async ({ username }: { username: string }) => users[username]);
    const { app, url } = await start('Express', {
      imports: [SessionModule.forRoot({ strategy: 'token', logger, resolveUser })],
      controllers: [Me],
    });
    const get = async (username: string) => {
      const { accessToken } = (await app.get(SessionManager).createSession(username))!;
      return fetch(`${url}/me`, { headers: { authorization: `Bearer ${accessToken}` } });
    };
    expect(await (await get('alice')).json()).toEqual({ user: { name: 'Alice' }, name: 'Alice' });
    expect(resolveUser).toHaveBeenCalledTimes(1);
    for (const username of ['bob', 'carol']) {
      const refused = await get(username);
      expect(refused.status).toBe(401);
      expect(refused.headers.get('www-authenticate')).toBe('Bearer error="invalid_token"');
    }
  });

  it('that breaks is a fault of the application: its own error flies on, without a challenge', async () => {
    const resolveUser = () => {
      throw new TypeError('no such table');
    };
    const { app, url } = await start('Express', {
      imports: [SessionModule.forRoot({ strategy: 'token', logger, resolveUser })],
      controllers: [Me],
    });
    const { accessToken } = (await app.get(SessionManager).createSession('alice'))!;
    const response = await fetch(`${url}/me`, { headers: { authorization: `Bearer ${accessToken}` } });
    expect(response.status).toBe(500);
    expect(response.headers.has('www-authenticate')).toBe(false);
    expect(logger.entries.join()).not.toContain('Refused: undefined');
  });
});

describe('what overrides what in a test', () => {
  @Controller()
  class Things {
    @Get('things')
    things(@CurrentUser('username') username?: string) {
      return { username: username ?? null };
    }
  }

  @Controller()
  @UseGuards(SessionGuard)
  class GuardedThings extends Things {}

  @Controller('sets/:set')
  @UseGuards(SessionGuard)
  class Sets {
    @RequireDataset(Permission.Read, 'set')
    @Get()
    read() {
      return {};
    }
  }

  const imports = [SessionModule.forRoot({ strategy: 'jwt', logger })];
  const pass = { canActivate: () => true };
  const refuse = {
    canActivate: (_: ExecutionContext): boolean => {
      throw new ForbiddenException();
    },
  };

  const status = async (
    path: string,
    metadata: object,
    override?: (builder: TestingModuleBuilder) => TestingModuleBuilder,
  ) => {
    const { url } = await start('Express', { imports, ...metadata }, override);
    return (await fetch(url + path)).status;
  };

  it('overrideProvider(SessionManager) replaces the concrete class too and opens the guards', async () => {
    const { app, url } = await start('Express', { imports, controllers: [GuardedThings] }, (builder) =>
      builder.overrideProvider(SessionManager).useValue(new NoAuthSessionManager({ logger })),
    );
    expect(app.get<unknown>(JwtSessionManager)).toBeInstanceOf(NoAuthSessionManager);
    expect(await (await fetch(`${url}/things`)).json()).toEqual({ username: 'admin' });
  });

  it('a bare object in the place of SessionManager is enough', async () => {
    const validateSession = async () => ({ username: 'mock', type: 'access' });
    const { url } = await start('Express', { imports, controllers: [GuardedThings] }, (builder) =>
      builder.overrideProvider(SessionManager).useValue({ validateSession }),
    );
    expect(await (await fetch(`${url}/things`)).json()).toEqual({ username: 'mock' });
  });

  it('a guard bound by APP_GUARD and useExisting yields to overrideProvider(SessionGuard)', async () => {
    const metadata = {
      controllers: [Things],
      providers: [{ provide: APP_GUARD, useExisting: SessionGuard }],
    };
    expect(await status('/things', metadata)).toBe(401);
    expect(
      await status('/things', metadata, (builder) => builder.overrideProvider(SessionGuard).useValue(pass)),
    ).toBe(200);
  });

  it('a guard bound by @UseGuards yields to overrideGuard(SessionGuard)', async () => {
    const metadata = { controllers: [GuardedThings] };
    expect(await status('/things', metadata)).toBe(401);
    expect(
      await status('/things', metadata, (builder) => builder.overrideGuard(SessionGuard).useValue(pass)),
    ).toBe(200);
  });

  it('DatasetGuard, which @RequireDataset binds, yields to overrideGuard(DatasetGuard)', async () => {
    const metadata = { controllers: [Sets] };
    const asAdmin = (builder: TestingModuleBuilder) =>
      builder.overrideProvider(SessionManager).useValue(new NoAuthSessionManager({ logger }));
    expect(await status('/sets/a', metadata, asAdmin)).toBe(200);
    expect(
      await status('/sets/a', metadata, (builder) =>
        asAdmin(builder).overrideGuard(DatasetGuard).useValue(refuse),
      ),
    ).toBe(403);
  });
});

describe('the clean-up', () => {
  const clean = { strategy: 'token', logger } as const;

  it('is in the registry of a host that schedules, and out of it after shutdown', async () => {
    const app = await compiled({ imports: [ScheduleModule.forRoot(), SessionModule.forRoot(clean)] });
    const registry = app.get(SchedulerRegistry);
    const job = registry.getCronJob(SESSION_CLEANUP_JOB);
    expect(job.isActive).toBe(true);
    await app.close();
    expect(job.isActive).toBe(false);
    expect(registry.doesExist('cron', SESSION_CLEANUP_JOB)).toBe(false);
  });

  it('runs cleanupExpiredSessions, and a failure is logged and stops nothing', async () => {
    const entries = new MemoryLogger();
    const app = await compiled({
      imports: [
        ScheduleModule.forRoot(),
        SessionModule.forRoot({
          strategy: 'token',
          logger: entries,
          cleanup: { cron: '0 0 4 * * *', timeZone: 'Europe/Paris' },
        }),
      ],
    });
    const job = app.get(SchedulerRegistry).getCronJob(SESSION_CLEANUP_JOB);
    expect(job.nextDate().zoneName).toBe('Europe/Paris');
    const cleanup = jest.spyOn(app.get(SessionManager), 'cleanupExpiredSessions');
    await job.fireOnTick();
    expect(cleanup).toHaveBeenCalledTimes(1);
    cleanup.mockRejectedValueOnce(new Error('a\nb'));
    await job.fireOnTick();
    expect(entries.entries).toContain('error The clean-up failed: Error: a\\u{a}b');
    expect(job.isActive).toBe(true);
  });

  it('runs on its own in a host that does not schedule', async () => {
    jest.useFakeTimers({
      now: Date.UTC(2026, 0, 21, 12, 0, 30),
      doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'],
    });
    try {
      const app = await compiled({ imports: [SessionModule.forRoot(clean)] });
      const cleanup = jest.spyOn(app.get(SessionManager), 'cleanupExpiredSessions');
      await jest.advanceTimersByTimeAsync(61_000);
      expect(cleanup).toHaveBeenCalled();
    } finally {
      jest.useRealTimers();
    }
  });

  it('is not scheduled when told so', async () => {
    const app = await compiled({
      imports: [ScheduleModule.forRoot(), SessionModule.forRoot({ ...clean, cleanup: false })],
    });
    expect(app.get(SchedulerRegistry).doesExist('cron', SESSION_CLEANUP_JOB)).toBe(false);
  });

  it('shutdown waits for a clean-up that is under way', async () => {
    const app = await compiled({ imports: [ScheduleModule.forRoot(), SessionModule.forRoot(clean)] });
    const steps: string[] = [];
    let finish = () => undefined as void;
    jest.spyOn(app.get(SessionManager), 'cleanupExpiredSessions').mockImplementation(
      () =>
        new Promise((resolve) => {
          finish = () => {
            steps.push('cleaned');
            resolve(0);
          };
        }),
    );
    void app.get(SchedulerRegistry).getCronJob(SESSION_CLEANUP_JOB).fireOnTick();
    const closing = app.close().then(() => steps.push('closed'));
    await new Promise((resolve) => setImmediate(resolve));
    finish();
    await closing;
    expect(steps).toEqual(['cleaned', 'closed']);
  });

  it.each([{ cron: 'whenever' }, { cron: '* * * * *', timeZone: 'Mars/Olympus' }])(
    'refuses %p at boot',
    async (cleanup) => {
      await expect(
        compiled({ imports: [SessionModule.forRoot({ ...clean, cleanup })] }),
      ).rejects.toMatchObject({
        code: 'SESSION_CONFIGURATION',
      });
    },
  );
});
