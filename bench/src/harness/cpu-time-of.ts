import type { Meter } from './contest.js';
import { microseconds } from './cpu-time.js';

export const SERVER_MICROSECONDS = 'µs of server CPU per request';

/**
 * Microseconds of processor time that another process takes for an operation; all that `cpuTime` counts, and
 * nothing of what this process does.
 *
 * @param usage asks that process for its `process.cpuUsage()`.
 */
export function cpuTimeOf(usage: () => Promise<NodeJS.CpuUsage>): Meter {
  return async () => {
    const before = microseconds(await usage());
    return async (operations) => (microseconds(await usage()) - before) / operations;
  };
}
