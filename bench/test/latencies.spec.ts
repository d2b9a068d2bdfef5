import { describe, expect, it } from '@jest/globals';
import { Latencies } from '../src/harness/latencies.js';

describe('Latencies', () => {
  it('tells what a share of the operations took no longer than, and the longest', async () => {
    const latencies = new Latencies();
    const median = await latencies.noLongerThan(0.5)();
    for (const taken of [5, 1, 3, 100, 2]) latencies.note(taken);
    expect(await median(5)).toBe(3);
    const longest = await latencies.noLongerThan(1)();
    for (const taken of [7, 9, 8]) latencies.note(taken);
    expect(await longest(3)).toBe(9);
  });

  it('forgets the round before', async () => {
    const latencies = new Latencies();
    latencies.note(1000);
    const longest = await latencies.noLongerThan(1)();
    latencies.note(1);
    expect(await longest(1)).toBe(1);
  });

  it('performs one after the other, and counts those that ended as they should', async () => {
    const latencies = new Latencies();
    let underWay = 0;
    const succeeded = await latencies.oneByOne([1, 2, 3, 4], async (number) => {
      expect(++underWay).toBe(1);
      await Promise.resolve();
      underWay--;
      return number !== 3;
    });
    expect(succeeded).toBe(3);
  });
});
