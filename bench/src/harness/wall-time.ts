import type { Meter } from './contest.js';

/** Microseconds for an operation by the clock on the wall: its inverse is the throughput. */
export const wallTime: Meter = () => {
  const start = performance.now();
  return (operations) => ((performance.now() - start) * 1000) / operations;
};
