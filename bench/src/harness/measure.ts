import { setImmediate } from 'node:timers/promises';
import { collectYoungGarbage } from './collect-garbage.js';
import type { Contest, Contestant, Effort } from './contest.js';
import { cpuTime } from './cpu-time.js';
import { rotated } from './rotated.js';
import { pairedRatios, spreadOf, type Spread } from './statistics.js';

/** What one contestant took. */
export interface Measurement {
  readonly name: string;
  /** Nanoseconds of processor time. */
  readonly nsPerOperation: Spread;
  /** The time in units of the first contestant's in the same round. */
  readonly relative: Spread;
  /** The same nanoseconds, round by round. */
  readonly rounds: readonly number[];
}

type Pace = Pick<Effort, 'warmUps' | 'rounds'>;

/**
 * Lets the contestants take turns, a round each, and begins every time with another of them, so that neither a slow
 * spell of the machine nor a place in the order favours anyone.
 *
 * @param clock tells milliseconds; of processor time unless told otherwise.
 * @throws Error if an operation does not end as it should: a fast wrong answer is no result.
 */
export async function measure(
  { contestants, operations }: Contest,
  { warmUps, rounds }: Pace,
  clock: () => number = cpuTime,
): Promise<Measurement[]> {
  const times = new Map<Contestant, number[]>(contestants.map((contestant) => [contestant, []]));
  for (let round = 0; round < warmUps + rounds; round++) {
    for (const contestant of rotated(contestants, round)) {
      const milliseconds = await timeOf(contestant, round, operations, clock);
      if (round >= warmUps) times.get(contestant)!.push((milliseconds * 1e6) / operations);
    }
  }
  const references = times.get(contestants[0]!)!;
  return [...times].map(([{ name }, ns]) => ({
    name,
    nsPerOperation: spreadOf(ns),
    relative: spreadOf(pairedRatios(ns, references)),
    rounds: ns,
  }));
}

async function timeOf(
  { name, prepare }: Contestant,
  round: number,
  operations: number,
  clock: () => number,
): Promise<number> {
  const run = prepare(round);
  await setImmediate();
  collectYoungGarbage();
  const start = clock();
  const succeeded = await run();
  const milliseconds = clock() - start;
  if (succeeded !== operations) {
    throw new Error(`${name}: ${succeeded} of ${operations} operations ended as they should`);
  }
  return milliseconds;
}
