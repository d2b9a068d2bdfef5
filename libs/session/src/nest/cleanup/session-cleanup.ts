import {
  Inject,
  Injectable,
  Logger,
  Optional,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
  type OnModuleDestroy,
} from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { CronJob } from 'cron';
import type { SessionOptions } from '../../compose/options.js';
import { SessionConfigurationError } from '../../core/errors.js';
import type { SessionLogger } from '../../core/logger.js';
import { printable, printableError } from '../../core/text.js';
import { SessionManager } from '../../managers/session.manager.js';
import { SESSION_OPTIONS } from '../module-definition.js';
import { hostRegistry, type JobRegistry } from './host-registry.js';

/** The name of the job in `SchedulerRegistry`. */
export const SESSION_CLEANUP_JOB = 'cleanup_expired_sessions';

const EVERY_MINUTE = '0 * * * * *';

/**
 * Runs `cleanupExpiredSessions` on a schedule, never twice at once, and waits for it at shutdown before the stores
 * close.
 *
 * The job is made here rather than by `@Cron()`, which cannot see options, and put into the registry of a host that
 * has one. `ScheduleModule.forRoot()` is the host's to call: a second one would run all of its jobs twice.
 */
@Injectable()
export class SessionCleanup implements OnApplicationBootstrap, OnModuleDestroy, OnApplicationShutdown {
  readonly #manager: SessionManager;
  readonly #options: SessionOptions;
  readonly #modules: ModuleRef;
  readonly #logger: SessionLogger;
  #job: CronJob | undefined;
  #registry: JobRegistry | undefined;

  /** @param modules optional for Nest only: on another copy of it, `SessionModule` refuses, in its own words. */
  constructor(
    manager: SessionManager,
    @Inject(SESSION_OPTIONS) options: SessionOptions,
    @Optional() modules: ModuleRef,
  ) {
    this.#manager = manager;
    this.#options = options;
    this.#modules = modules;
    this.#logger = options.logger ?? new Logger(SessionCleanup.name);
  }

  async onApplicationBootstrap(): Promise<void> {
    const { cleanup = {} } = this.#options;
    if (cleanup === false) return;
    this.#job = this.#schedule(cleanup.cron ?? EVERY_MINUTE, cleanup.timeZone);
    this.#registry = await hostRegistry(this.#modules);
    this.#registry?.addCronJob(SESSION_CLEANUP_JOB, this.#job);
    this.#job.start();
  }

  async onModuleDestroy(): Promise<void> {
    const job = this.#job;
    if (job === undefined) return;
    this.#job = undefined;
    await job.stop();
    this.#registry?.deleteCronJob(SESSION_CLEANUP_JOB);
  }

  async onApplicationShutdown(): Promise<void> {
    // A test may have put something in the manager's place that has nothing to close.
    await (this.#manager as Partial<SessionManager>).close?.();
  }

  #schedule(cronTime: string, timeZone: string | undefined): CronJob {
    try {
      return CronJob.from({
        cronTime,
        timeZone,
        waitForCompletion: true,
        unrefTimeout: true,
        onTick: async () => {
          await this.#manager.cleanupExpiredSessions();
        },
        errorHandler: (error) => this.#logger.error(`The clean-up failed: ${printableError(error)}`),
      });
    } catch (cause) {
      throw new SessionConfigurationError(
        `cleanup: expected a cron expression and an IANA time zone, got "${printable(cronTime)}"` +
          (timeZone === undefined ? '' : ` and "${printable(timeZone)}"`),
        { cause },
      );
    }
  }
}
