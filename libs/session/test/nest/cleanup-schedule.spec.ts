import { afterEach, describe, expect, it } from '@jest/globals';
import { Injectable, Module, type INestApplication, type OnModuleInit } from '@nestjs/common';
import { ModulesContainer, type ModuleRef } from '@nestjs/core';
import { Cron, ScheduleModule, SchedulerRegistry } from '@nestjs/schedule';
import { Test } from '@nestjs/testing';
import { CronJob } from 'cron';
import type { CleanupSchedule } from '../../src/compose/module-options.js';
import { SessionManager } from '../../src/managers/session.manager.js';
import { SESSION_CLEANUP_JOB, SessionCleanup } from '../../src/nest/cleanup/session-cleanup.js';
import type { JobRegistry } from '../../src/nest/cleanup/host-registry.js';
import { SessionModule } from '../../src/nest/session.module.js';
import { opaqueManager } from '../support/managers.js';
import { MemoryLogger } from '../support/memory-logger.js';

const AT_FOUR = '0 0 4 * * *';
const NAME_TAKEN = {
  code: 'SESSION_CONFIGURATION',
  message:
    'cleanup: expected no other cron job named "cleanup_expired_sessions" in the application; give that one another ' +
    'name, or set cleanup: false and let it call SessionManager.cleanupExpiredSessions()',
};

const open: INestApplication[] = [];

afterEach(async () => {
  for (const app of open.splice(0)) await app.close();
});

async function compiled(metadata: Parameters<typeof Test.createTestingModule>[0]) {
  const module = await Test.createTestingModule(metadata).setLogger(new MemoryLogger()).compile();
  const app = module.createNestApplication();
  open.push(app);
  return app;
}

const sessions = (cleanup?: CleanupSchedule | false) =>
  SessionModule.forRoot({
    strategy: 'token',
    logger: new MemoryLogger(),
    ...(cleanup !== undefined && { cleanup }),
  });

@Injectable()
class DecoratedJobs {
  runs = 0;

  @Cron(AT_FOUR, { name: SESSION_CLEANUP_JOB })
  run() {
    this.runs += 1;
  }
}

@Module({ providers: [DecoratedJobs] })
class Decorated {}

@Module({})
class Registering implements OnModuleInit {
  constructor(private readonly registry: SchedulerRegistry) {}

  onModuleInit(): void {
    this.registry.addCronJob(
      SESSION_CLEANUP_JOB,
      CronJob.from({ cronTime: AT_FOUR, onTick: () => undefined }),
    );
  }
}

describe('a job that has the name of the clean-up', () => {
  // Modules boot in the order of their imports: ScheduleModule starts the jobs of @Cron() before us or after us.
  it.each([
    [
      'by @Cron(), in an application that schedules first',
      () => [ScheduleModule.forRoot(), sessions(), Decorated],
    ],
    [
      'by @Cron(), in an application that schedules last',
      () => [sessions(), Decorated, ScheduleModule.forRoot()],
    ],
    ['by the registry', () => [sessions(), ScheduleModule.forRoot(), Registering]],
  ])('%s is refused at boot, with the way out', async (_, imports) => {
    const app = await compiled({ imports: imports() });
    await expect(app.init()).rejects.toMatchObject(NAME_TAKEN);
  });

  it('takes its place where cleanup is false', async () => {
    const app = await compiled({ imports: [sessions(false), Decorated, ScheduleModule.forRoot()] });
    await app.init();
    await app.get(SchedulerRegistry).getCronJob(SESSION_CLEANUP_JOB).fireOnTick();
    expect(app.get(DecoratedJobs).runs).toBe(1);
  });

  it('is no matter where nothing schedules it', async () => {
    const imports = [ScheduleModule.forRoot({ cronJobs: false }), sessions(), Decorated];
    await expect((await compiled({ imports })).init()).resolves.toBeDefined();
  });

  // All registries of @nestjs/schedule 4 to 12 throw for a second job of a name; a host's own may ignore it.
  it('is refused under a registry that would ignore the second in silence', async () => {
    const jobs = new Map<string, unknown>([[SESSION_CLEANUP_JOB, 'theirs']]);
    const registry: JobRegistry = {
      doesExist: (_type, name) => jobs.has(name),
      getCronJob: (name) => jobs.get(name),
      addCronJob: () => undefined,
      deleteCronJob: (name) => void jobs.delete(name),
    };
    const modules = { get: (token: unknown) => (token === ModulesContainer ? new Map() : registry) };
    const logger = new MemoryLogger();
    const manager: SessionManager = await opaqueManager({ logger });
    const cleanup = new SessionCleanup(manager, { logger }, modules as unknown as ModuleRef);
    await expect(cleanup.onApplicationBootstrap()).rejects.toMatchObject(NAME_TAKEN);
    await cleanup.onModuleDestroy();
    expect(jobs.size).toBe(1);
  });
});

describe('a schedule', () => {
  it.each(['0 0 0 30 2 *', '0 0 30 2 *', '0 0 0 31 4,6,9,11 *'])(
    '%p, whose date never comes, is refused at boot, with the way out',
    async (cron) => {
      const app = await compiled({ imports: [sessions({ cron })] });
      await expect(app.init()).rejects.toMatchObject({
        code: 'SESSION_CONFIGURATION',
        message:
          `cleanup: expected a cron expression with a date in the next eight years, got "${cron}"; correct its day ` +
          'and month, or leave cron out for "0 * * * * *"',
      });
    },
  );

  it.each(['0 0 0 29 2 *', '0 30 2 29 3 *'])('%p, whose date comes seldom, is fine', async (cron) => {
    const app = await compiled({ imports: [sessions({ cron, timeZone: 'Europe/Paris' })] });
    await expect(app.init()).resolves.toBeDefined();
  });
});
