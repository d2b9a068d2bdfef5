import type { Meter } from './contest.js';

/**
 * Nanoseconds of processor time that this process takes for an operation, in user code and in the kernel, its threads
 * for compiling and collecting garbage included. Unlike the time of day, it stands still while the processor works
 * for somebody else; for work that waits for nothing, the two agree on an idle machine.
 */
export const cpuTime: Meter = () => {
  const start = process.cpuUsage();
  return (operations) => (microseconds(process.cpuUsage(start)) * 1000) / operations;
};

/** All of a processor's time. */
export function microseconds({ user, system }: NodeJS.CpuUsage): number {
  return user + system;
}
