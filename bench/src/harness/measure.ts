import { setImmediate } from 'node:timers/promises';
import { collectYoungGarbage } from './collect-garbage.js';
import type { Contest, Contestant, Meter, Pace } from './contest.js';
import { cpuTime } from './cpu-time.js';
import { randomFractions, shuffled } from './shuffled.js';
import { pairedRatios, spreadOf, type Spread } from './statistics.js';

/** What one contestant took. */
export interface Measurement {
  readonly name: string;
  /** In the unit of its contest. */
  readonly figure: Spread;
  /** The figure in units of that of the contestant's {@link Contestant.leads leader} in the same round. */
  readonly relative: Spread;
  /** The figures, round by round. */
  readonly rounds: readonly number[];
}

/** So that two runs draw the same orders. */
const SEED = 20_260_101;

/**
 * Lets the contestants take turns, a round each, in an order that is drawn for each round: no slow spell of the machine
 * favours anyone, and nobody always finds the memory as the same neighbour leaves it.
 *
 * @param usual measures the contestants that bring no meter of their own.
 * @throws Error if an operation does not end as it should: a fast wrong answer is no result.
 */
export async function measure(
  { contestants, operations }: Contest,
  { warmUps, rounds }: Pace,
  usual: Meter = cpuTime,
): Promise<Measurement[]> {
  const figures = new Map<Contestant, number[]>(contestants.map((contestant) => [contestant, []]));
  const fraction = randomFractions(SEED);
  for (let round = 0; round < warmUps + rounds; round++) {
    for (const contestant of shuffled(contestants, fraction)) {
      const figure = await figureOf(contestant, round, operations, contestant.meter ?? usual);
      if (round >= warmUps) figures.get(contestant)!.push(figure);
    }
  }
  return contestants.map((contestant, place) => {
    const own = figures.get(contestant)!;
    const references = figures.get(leaderOf(contestants, place))!;
    return {
      name: contestant.name,
      figure: spreadOf(own),
      relative: spreadOf(pairedRatios(own, references)),
      rounds: own,
    };
  });
}

function leaderOf(contestants: readonly Contestant[], place: number): Contestant {
  return contestants.slice(0, place + 1).findLast(({ leads }) => leads) ?? contestants[0]!;
}

async function figureOf(
  { name, prepare }: Contestant,
  round: number,
  operations: number,
  meter: Meter,
): Promise<number> {
  const run = await prepare(round);
  await setImmediate();
  collectYoungGarbage();
  const stop = await meter();
  const succeeded = await run();
  const figure = await stop(operations);
  if (succeeded !== operations) {
    throw new Error(`${name}: ${succeeded} of ${operations} operations ended as they should`);
  }
  return figure;
}
