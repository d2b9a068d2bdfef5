import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Injectable, type INestApplication, type OnApplicationShutdown } from '@nestjs/common';
import { ScheduleModule, SchedulerRegistry } from '@nestjs/schedule';
import { Test } from '@nestjs/testing';
import { randomBytes } from 'node:crypto';
import { CronJob } from 'cron';
import type { SessionStore } from '../../src/core/session-store.js';
import { SessionManager } from '../../src/managers/session.manager.js';
import { SESSION_CLEANUP_JOB, SessionCleanup } from '../../src/nest/cleanup/session-cleanup.js';
import { JwksVerifierModule } from '../../src/nest/jwks/jwks-verifier.module.js';
import { SessionModule } from '../../src/nest/session.module.js';
import { MemorySessionStore } from '../../src/stores/memory/memory-session.store.js';
import { keyPair } from '../support/key-pairs.js';
import { jwtManager } from '../support/managers.js';
import { MemoryLogger } from '../support/memory-logger.js';

const NEVER = () => new Promise<never>(() => undefined);
const PARTIES = { issuer: 'issuer', audience: 'audience' };

/** Something of the host's that has an end too. */
@Injectable()
class HostService implements OnApplicationShutdown {
  isShutDown = false;

  onApplicationShutdown(): void {
    this.isShutDown = true;
  }
}

let store: SessionStore;
let logger: MemoryLogger;

beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
  store = new MemorySessionStore();
  logger = new MemoryLogger();
});

afterEach(() => {
  jest.useRealTimers();
});

const sessions = () =>
  SessionModule.forRoot({ strategy: 'token', secretKey: randomBytes(64), store, logger });

async function verifier() {
  const signing = { algorithm: 'EdDSA', privateKey: keyPair('EdDSA').privateKey } as const;
  const jwks = (await jwtManager({ signing })).keys.publicKeys();
  return JwksVerifierModule.forRoot({ jwks, ...PARTIES, store, logger });
}

async function compiled(...imports: object[]): Promise<INestApplication> {
  const metadata = { imports: imports as never, providers: [HostService] };
  const module = await Test.createTestingModule(metadata).setLogger(new MemoryLogger()).compile();
  return module.createNestApplication();
}

/** Since Nest 12 a hook that rejects is logged; before, `app.close()` rejects and leaves out what follows. */
async function hooksOf(app: INestApplication): Promise<void> {
  const cleanup = app.get(SessionCleanup);
  await cleanup.onModuleDestroy();
  await cleanup.onApplicationShutdown();
}

describe.each([
  ['SessionModule', async () => sessions()],
  ['JwksVerifierModule', verifier],
])('D5 %s, at shutdown', (_, imported) => {
  it('waits ten seconds for a store that never closes, names it in the log, and lets the host end', async () => {
    store.close = NEVER;
    const app = await (await compiled(await imported())).init();
    let isClosed = false;
    const closing = app.close().then(() => (isClosed = true));
    await jest.advanceTimersByTimeAsync(9_999);
    expect(isClosed).toBe(false);
    await jest.advanceTimersByTimeAsync(1);
    await closing;
    expect(logger.entries).toContain(
      'error The session store was not closed within 10 s; going on without it',
    );
    expect(app.get(HostService).isShutDown).toBe(true);
  });

  it('logs a store that cannot close, and lets the host end', async () => {
    store.close = () => Promise.reject(new Error('half open'));
    const app = await (await compiled(await imported())).init();
    await app.close();
    expect(logger.entries).toContain(
      'error Shutdown: closing the stores failed: SessionStoreUnavailableError: The session store could not be closed: ' +
        'Error: half open',
    );
    expect(app.get(HostService).isShutDown).toBe(true);
  });

  it('closes the store once, though the application is closed twice', async () => {
    const closed = jest.spyOn(store, 'close');
    const app = await (await compiled(await imported())).init();
    await Promise.all([app.close(), app.close()]);
    await app.close();
    expect(closed).toHaveBeenCalledTimes(1);
  });
});

it('D5 JwksVerifierModule does not reject at shutdown, as Nest 10 and 11 require', async () => {
  store.close = () => Promise.reject(new Error('half open'));
  const app = await (await compiled(await verifier())).init();
  await expect(app.get(JwksVerifierModule).onApplicationShutdown()).resolves.toBeUndefined();
});

describe('D5 the clean-up, at shutdown', () => {
  const closed = () => jest.spyOn(store, 'close');

  it('that never ends, before a store that never closes, takes ten seconds in all; both are named', async () => {
    store.sweepExpired = store.close = NEVER;
    const app = await (await compiled(ScheduleModule.forRoot(), sessions())).init();
    void app.get(SchedulerRegistry).getCronJob(SESSION_CLEANUP_JOB).fireOnTick();
    const closing = app.close();
    await jest.advanceTimersByTimeAsync(10_000);
    await closing;
    expect(logger.entries).toEqual([
      'error Shutdown: the clean-up under way was not done within 5 s; going on without it',
      'error Shutdown: closing the stores was not done within 5 s; going on without it',
    ]);
    expect(app.get(HostService).isShutDown).toBe(true);
  });

  it('that never ends keeps neither the store open nor the process alive', async () => {
    store.sweepExpired = NEVER;
    const close = closed();
    const app = await (await compiled(sessions(), ScheduleModule.forRoot())).init();
    void app.get(SchedulerRegistry).getCronJob(SESSION_CLEANUP_JOB).fireOnTick();
    const closing = app.close();
    await jest.advanceTimersByTimeAsync(5_000);
    await closing;
    expect(close).toHaveBeenCalledTimes(1);
    await jest.advanceTimersByTimeAsync(200);
    expect(jest.getTimerCount()).toBe(0);
  });

  // The registries of @nestjs/schedule 4, 5, 6 and 12 all throw for a name that they do not know.
  it('finds the registry emptied by the host, and the store is closed', async () => {
    const close = closed();
    const app = await (await compiled(ScheduleModule.forRoot(), sessions())).init();
    app.get(SchedulerRegistry).deleteCronJob(SESSION_CLEANUP_JOB);
    await expect(hooksOf(app)).resolves.toBeUndefined();
    expect(close).toHaveBeenCalledTimes(1);
    expect(logger.entries).toEqual([]);
  });

  it('leaves a job alone that the host has put in its place', async () => {
    const app = await (await compiled(ScheduleModule.forRoot(), sessions())).init();
    const registry = app.get(SchedulerRegistry);
    registry.deleteCronJob(SESSION_CLEANUP_JOB);
    const theirs = CronJob.from({ cronTime: '0 0 4 * * *', onTick: () => undefined });
    registry.addCronJob(SESSION_CLEANUP_JOB, theirs);
    await hooksOf(app);
    expect(registry.getCronJob(SESSION_CLEANUP_JOB)).toBe(theirs);
    await app.close();
  });

  it('finds a registry that breaks, logs it, and the store is closed', async () => {
    const close = closed();
    const app = await (await compiled(ScheduleModule.forRoot(), sessions())).init();
    jest.spyOn(app.get(SchedulerRegistry), 'deleteCronJob').mockImplementation(() => {
      throw new Error('none of your business');
    });
    await expect(hooksOf(app)).resolves.toBeUndefined();
    expect(close).toHaveBeenCalledTimes(1);
    expect(logger.entries).toEqual([
      'error Shutdown: taking the clean-up out of the SchedulerRegistry failed: Error: none of your business',
    ]);
    jest.restoreAllMocks();
    await app.close();
  });

  it('that never began is nothing to wait for, and the store is closed', async () => {
    const close = closed();
    const app = await compiled(ScheduleModule.forRoot(), sessions());
    await expect(hooksOf(app)).resolves.toBeUndefined();
    expect(close).toHaveBeenCalledTimes(1);
  });

  it('that could not begin is nothing to wait for, and the store is closed', async () => {
    const close = closed();
    const app = await compiled(ScheduleModule.forRoot(), sessions());
    const theirs = CronJob.from({ cronTime: '0 0 4 * * *', onTick: () => undefined });
    app.get(SchedulerRegistry).addCronJob(SESSION_CLEANUP_JOB, theirs);
    await expect(app.init()).rejects.toMatchObject({ code: 'SESSION_CONFIGURATION' });
    await expect(hooksOf(app)).resolves.toBeUndefined();
    expect(app.get(SchedulerRegistry).getCronJob(SESSION_CLEANUP_JOB)).toBe(theirs);
    expect(close).toHaveBeenCalledTimes(1);
  });

  it('waits for no manager that has nothing to close, nor for ever for one that never closes', async () => {
    for (const replacement of [{}, { close: NEVER }]) {
      const module = await Test.createTestingModule({ imports: [sessions()] })
        .overrideProvider(SessionManager)
        .useValue(replacement)
        .setLogger(new MemoryLogger())
        .compile();
      const app = await module.createNestApplication().init();
      const closing = app.close();
      await jest.advanceTimersByTimeAsync(10_000);
      await closing;
    }
    expect(logger.entries).toEqual([
      'error Shutdown: closing the stores was not done within 10 s; going on without it',
    ]);
  });
});
