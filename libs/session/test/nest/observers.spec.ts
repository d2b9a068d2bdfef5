import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { Controller, Get, UseGuards, type INestApplication } from '@nestjs/common';
import { ScheduleModule, SchedulerRegistry } from '@nestjs/schedule';
import { Permission } from '../../src/core/permission.js';
import type { SessionLogger } from '../../src/core/logger.js';
import type { SessionStore } from '../../src/core/session-store.js';
import { SessionManager } from '../../src/managers/session.manager.js';
import { SESSION_CLEANUP_JOB } from '../../src/nest/cleanup/session-cleanup.js';
import { RequireDataset } from '../../src/nest/guards/require-dataset.decorator.js';
import { SessionGuard } from '../../src/nest/guards/session.guard.js';
import { JwksVerifierModule } from '../../src/nest/jwks/jwks-verifier.module.js';
import { SessionModule } from '../../src/nest/session.module.js';
import { MemorySessionStore } from '../../src/stores/memory/memory-session.store.js';
import { BROKEN_LOGGERS } from '../support/broken-loggers.js';
import { keyPair } from '../support/key-pairs.js';
import { jwtManager } from '../support/managers.js';
import { startApp } from '../support/nest-app.js';

@Controller()
class Routes {
  @UseGuards(SessionGuard)
  @Get('me')
  me() {
    return {};
  }

  /** A mistake, which DatasetGuard logs: nothing puts a session on the request. */
  @RequireDataset(Permission.Read, 'dataset')
  @Get('datasets/:dataset')
  read() {
    return {};
  }
}

const open: INestApplication[] = [];

afterEach(async () => {
  // Jest fails the test for a rejection that nobody handles.
  await new Promise((resolve) => setImmediate(resolve));
  await Promise.all(open.splice(0).map((app) => app.close()));
});

async function start(logger: SessionLogger | undefined, imports: object[]) {
  const { app, url } = await startApp('Express', { imports: imports as never, controllers: [Routes] });
  open.push(app);
  // Nest's own loggers write there, ours by default among them.
  if (logger === undefined) app.useLogger({ ...BROKEN_LOGGERS[0]![1] });
  return { app, status: async (path: string) => (await fetch(url + path)).status };
}

describe.each([...BROKEN_LOGGERS, ['is that of Nest, and throws', undefined] as const])(
  'L4 with a logger that %s',
  (_, logger) => {
    const options = { strategy: 'token', ...(logger && { logger }) } as const;

    it('a request without a token is 401, and a mistake in the decorators too', async () => {
      const { status } = await start(logger, [SessionModule.forRoot(options)]);
      expect([await status('/me'), await status('/datasets/a')]).toEqual([401, 401]);
    });

    it('a service that verifies with public keys answers 401', async () => {
      const signing = { algorithm: 'EdDSA', privateKey: keyPair('EdDSA').privateKey } as const;
      const jwks = (await jwtManager({ signing })).keys.publicKeys();
      const given = { jwks, issuer: 'issuer', audience: 'audience', ...(logger && { logger }) };
      const { status } = await start(logger, [JwksVerifierModule.forRoot(given)]);
      expect([await status('/me'), await status('/datasets/a')]).toEqual([401, 401]);
    });

    it('a clean-up that fails is followed by the next, and by the end of the application', async () => {
      const store: SessionStore = new MemorySessionStore();
      store.sweepExpired = () => {
        throw new Error('no space');
      };
      store.close = () => Promise.reject(new Error('half open'));
      const secretKey = new Uint8Array(64);
      const { app } = await start(logger, [
        ScheduleModule.forRoot(),
        SessionModule.forRoot({ ...options, secretKey, store }),
      ]);
      const job = app.get(SchedulerRegistry).getCronJob(SESSION_CLEANUP_JOB);
      await job.fireOnTick();
      expect(job.isActive).toBe(true);
      expect(await app.get(SessionManager).createSession('alice')).not.toBeNull();
      await app.close();
    });

    it('a clean-up that fails in a host that does not schedule ends no process', async () => {
      jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
      try {
        const { app } = await start(logger, [SessionModule.forRoot(options)]);
        const cleanup = jest.spyOn(app.get(SessionManager), 'cleanupExpiredSessions');
        cleanup.mockRejectedValue(new Error('no space'));
        await jest.advanceTimersByTimeAsync(121_000);
        expect(cleanup.mock.calls.length).toBeGreaterThanOrEqual(2);
      } finally {
        jest.useRealTimers();
      }
    });
  },
);
