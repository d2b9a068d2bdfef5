import { collectAllGarbage } from './collect-garbage.js';
import type { Meter } from './contest.js';

/** Bytes that are still in use after the round and were not before it, for each operation. */
export const keptBytesEach: Meter = () => {
  const before = bytesInUse();
  return (operations) => (bytesInUse() - before) / operations;
};

/** The same in all, in mebibytes. */
export const keptMebibytes: Meter = () => {
  const before = bytesInUse();
  return () => (bytesInUse() - before) / 2 ** 20;
};

/** On the heap of JavaScript, and in buffers beside it. */
function bytesInUse(): number {
  // What only a finalizer releases is gone after the next collection.
  collectAllGarbage();
  collectAllGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
