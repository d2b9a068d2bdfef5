import { describe, expect, it } from '@jest/globals';
import { inFlight } from '../src/workload/in-flight.js';

describe('inFlight', () => {
  it('performs each once, as many at a time as asked for and never more', async () => {
    const performed: number[] = [];
    let underWay = 0;
    let most = 0;
    await inFlight(3, [1, 2, 3, 4, 5, 6, 7], async (number) => {
      most = Math.max(most, ++underWay);
      performed.push(number);
      await new Promise(setImmediate);
      underWay--;
      return true;
    });
    expect(performed).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(most).toBe(3);
  });

  it('counts those that ended as they should', async () => {
    expect(await inFlight(2, [1, 2, 3, 4, 5], async (number) => number % 2 === 1)).toBe(3);
  });

  it('ends the run at one that breaks', async () => {
    const broken = inFlight(2, [1, 2], () => Promise.reject(new Error('broken')));
    await expect(broken).rejects.toThrow('broken');
  });
});
