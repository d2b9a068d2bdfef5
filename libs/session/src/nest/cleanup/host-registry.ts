import { ModulesContainer, type ModuleRef } from '@nestjs/core';
import type { CronJob } from 'cron';

/** What we use of `SchedulerRegistry`. */
export interface JobRegistry {
  doesExist(type: 'cron', name: string): boolean;
  getCronJob(name: string): unknown;
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

/** Whether the application has a job of that name, or is about to start one. */
export function isTaken(name: string, registry: JobRegistry, modules: ModuleRef): boolean {
  return registry.doesExist('cron', name) || isDeclared(name, modules);
}

/** Takes the job out of the registry, unless the host has done so, or has put another in its place. */
export function withdraw(name: string, job: CronJob, registry: JobRegistry): void {
  if (registry.doesExist('cron', name) && registry.getCronJob(name) === job) registry.deleteCronJob(name);
}

/**
 * Whether a `@Cron()` has that name. It comes into the registry only when `ScheduleModule` boots, which may be after us
 * and would fail on ours with Nest's own riddle. Until then it is kept in a place that is not public, so that where that
 * is not as we know it (`@nestjs/schedule` 4 to 12) nothing is known.
 */
function isDeclared(name: string, modules: ModuleRef): boolean {
  return [...modules.get(ModulesContainer, { strict: false }).values()]
    .flatMap(({ providers }) => [...providers.values()])
    .filter((provider) => provider.name === 'SchedulerOrchestrator')
    .some(({ instance }) => {
      const { cronJobs = {} } = instance as { cronJobs?: object };
      return Object.hasOwn(cronJobs, name);
    });
}
