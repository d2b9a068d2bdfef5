import { describe, expect, it } from '@jest/globals';
import { sweepInSlices, type SweepTime } from '../../../src/stores/remote/sweep-in-slices.js';

/** Milliseconds that each slice takes here. */
const TAKES = 7;

/** Places with so many slices left in each, one record a slice, and how time passed. */
function sweeping(left: readonly number[], budgetMs: number) {
  let now = 1000;
  const rests: number[] = [];
  const slices: number[] = [];
  const rest = [...left];
  const time: SweepTime = {
    now: () => now,
    pause: (milliseconds) => {
      rests.push(milliseconds);
      now += milliseconds;
      return Promise.resolve();
    },
  };
  const slice = (place: number) => {
    now += TAKES;
    slices.push(place);
    rest[place]! -= 1;
    return Promise.resolve({ removed: 1, more: rest[place]! > 0 });
  };
  const swept = sweepInSlices([...left.keys()], budgetMs, slice, time);
  return swept.then((result) => ({ result, rests, slices }));
}

describe('sweepInSlices', () => {
  it('goes over every place until nothing is left', async () => {
    const { result, slices } = await sweeping([2, 1, 3], 10_000);
    expect(result).toEqual({ removed: 6, more: false });
    expect(slices).toEqual([0, 0, 1, 2, 2, 2]);
  });

  it('rests as long as a slice took, after each that leaves more', async () => {
    const { rests } = await sweeping([3, 2], 10_000);
    expect(rests).toEqual([TAKES, TAKES, TAKES]);
  });

  it('rests after the slice that spends the budget too', async () => {
    const { result, rests } = await sweeping([3], 0);
    expect(result).toEqual({ removed: 1, more: true });
    expect(rests).toEqual([TAKES]);
  });

  it('counts the rests, and begins no slice once the budget is spent', async () => {
    const { result, slices } = await sweeping([9], 4 * TAKES - 1);
    expect(slices).toHaveLength(2);
    expect(result).toEqual({ removed: 2, more: true });
  });
});
