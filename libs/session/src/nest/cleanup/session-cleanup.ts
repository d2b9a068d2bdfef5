import {
  Inject,
  Injectable,
  Optional,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
  type OnModuleDestroy,
} from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { CronJob } from 'cron';
import { CLOSING_TIME } from '../../util/closing.js';
import { SessionConfigurationError } from '../../core/errors.js';
import type { SessionLogger } from '../../core/logger.js';
import { printable, printableError } from '../../util/text.js';
import { SessionManager } from '../../managers/session.manager.js';
import { MODULE_SETTINGS, type ModuleSettings } from '../settings.js';
import { hostRegistry, isTaken, withdraw, type JobRegistry } from './host-registry.js';
import { Teardown } from './teardown.js';

/** The name of the job in `SchedulerRegistry`. */
export const SESSION_CLEANUP_JOB = 'cleanup_expired_sessions';

const EVERY_MINUTE = '0 * * * * *';

/**
 * Runs `cleanupExpiredSessions` on a schedule, never twice at once. At shutdown it waits for one that is under way, and
 * closes the stores after that; both are bounded, and neither fails (`teardown.ts`).
 *
 * The job is made here rather than by `@Cron()`, which cannot see options, and put into the registry of a host that
 * has one. `ScheduleModule.forRoot()` is the host's to call: a second one would run all of its jobs twice.
 */
@Injectable()
export class SessionCleanup implements OnApplicationBootstrap, OnModuleDestroy, OnApplicationShutdown {
  readonly #manager: SessionManager;
  readonly #schedule: ModuleSettings['cleanup'];
  readonly #modules: ModuleRef;
  readonly #logger: SessionLogger;
  readonly #teardown: Teardown;
  #job: CronJob | undefined;
  #registry: JobRegistry | undefined;
  #letGo = () => {};

  /** @param modules optional for Nest only: on another copy of it, `SessionModule` refuses, in its own words. */
  constructor(
    manager: SessionManager,
    @Inject(MODULE_SETTINGS) { cleanup, logger }: Pick<ModuleSettings, 'cleanup' | 'logger'>,
    @Optional() modules: ModuleRef,
  ) {
    this.#manager = manager;
    this.#schedule = cleanup;
    this.#modules = modules;
    this.#logger = logger;
    this.#teardown = new Teardown(this.#logger);
  }

  /** @throws SessionConfigurationError for a schedule that cannot be kept, and for a name that is taken. */
  async onApplicationBootstrap(): Promise<void> {
    if (this.#schedule === false) return;
    const { cron = EVERY_MINUTE, timeZone } = this.#schedule ?? {};
    const job = this.#jobAt(cron, timeZone);
    this.#registry = await hostRegistry(this.#modules);
    if (this.#registry !== undefined) this.#register(job, this.#registry);
    this.#job = job;
    job.start();
  }

  async onModuleDestroy(): Promise<void> {
    const [job, registry] = [this.#job, this.#registry];
    if (job === undefined) return;
    this.#job = undefined;
    // Half of the time, and the stores have the other half: a store that does not answer here will not close either.
    await this.#teardown.step('the clean-up under way', () => job.stop(), CLOSING_TIME / 2);
    this.#letGo();
    if (registry === undefined) return;
    await this.#teardown.step('taking the clean-up out of the SchedulerRegistry', () =>
      withdraw(SESSION_CLEANUP_JOB, job, registry),
    );
  }

  async onApplicationShutdown(): Promise<void> {
    // A test may have put something in the manager's place that has nothing to close.
    const manager: Partial<SessionManager> = this.#manager;
    await this.#teardown.step('closing the stores', () => manager.close?.());
  }

  #jobAt(cronTime: string, timeZone: string | undefined): CronJob {
    const job = this.#parsed(cronTime, timeZone);
    try {
      job.nextDate();
    } catch (cause) {
      throw new SessionConfigurationError(
        `cleanup: expected a cron expression with a date in the next eight years, got "${printable(cronTime)}"; ` +
          `correct its day and month, or leave cron out for "${EVERY_MINUTE}"`,
        { cause },
      );
    }
    return job;
  }

  #parsed(cronTime: string, timeZone: string | undefined): CronJob {
    try {
      return CronJob.from({
        cronTime,
        timeZone,
        waitForCompletion: true,
        unrefTimeout: true,
        onTick: () => this.#cleanUp(),
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

  #register(job: CronJob, registry: JobRegistry): void {
    if (!isTaken(SESSION_CLEANUP_JOB, registry, this.#modules)) {
      registry.addCronJob(SESSION_CLEANUP_JOB, job);
      return;
    }
    throw new SessionConfigurationError(
      `cleanup: expected no other cron job named "${SESSION_CLEANUP_JOB}" in the application; give that one another ` +
        'name, or set cleanup: false and let it call SessionManager.cleanupExpiredSessions()',
    );
  }

  /** Ends when the clean-up does, or when shutdown has waited long enough: until then the job keeps the process alive. */
  #cleanUp(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#letGo = resolve;
      this.#manager.cleanupExpiredSessions().then(() => resolve(), reject);
    });
  }
}
