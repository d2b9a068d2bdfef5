import type { Meter } from './contest.js';
import { microseconds } from './cpu-time.js';

/** The longest turn of the event loop, in milliseconds of processor time: nobody else is served during it. */
export const longestTurn: Meter = () => turns((lengths) => lengths.at(-1)!);

/** The turn that 99 of 100 are no longer than. */
export const turnOf99In100: Meter = () => turns((lengths) => lengths[Math.ceil(lengths.length * 0.99) - 1]!);

/** Measures each turn while the round lasts. Processor time, since neighbours on the machine lengthen the others. */
function turns(figureOf: (ascending: readonly number[]) => number): () => number {
  const lengths: number[] = [];
  let start = process.cpuUsage();
  let next = setImmediate(turn);
  function turn(): void {
    noteTurn();
    next = setImmediate(turn);
  }
  function noteTurn(): void {
    lengths.push(microseconds(process.cpuUsage(start)) / 1000);
    start = process.cpuUsage();
  }
  return () => {
    noteTurn();
    clearImmediate(next);
    return figureOf(lengths.toSorted((a, b) => a - b));
  };
}
