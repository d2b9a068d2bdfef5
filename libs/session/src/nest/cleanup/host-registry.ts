import type { ModuleRef } from '@nestjs/core';
import type { CronJob } from 'cron';

/** What we use of `SchedulerRegistry`. */
export interface JobRegistry {
  addCronJob(name: string, job: CronJob): void;
  deleteCronJob(name: string): void;
}

/** The application's `SchedulerRegistry`; `undefined` where it does not use `@nestjs/schedule`, an optional peer. */
export async function hostRegistry(modules: ModuleRef): Promise<JobRegistry | undefined> {
  try {
    const { SchedulerRegistry } = await import('@nestjs/schedule');
    return modules.get<JobRegistry>(SchedulerRegistry, { strict: false });
  } catch {
    // The package is not installed, or the application does not import its module.
    return undefined;
  }
}
