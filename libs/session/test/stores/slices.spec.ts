import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { setImmediate } from 'node:timers/promises';
import { inSlices } from '../../src/stores/file/slices.js';

describe('work in slices', () => {
  let time = 0;
  beforeEach(() => {
    jest.spyOn(performance, 'now').mockImplementation(() => time);
  });
  afterEach(() => {
    jest.restoreAllMocks();
  });

  /** Steps that take that many milliseconds each; notes which are done. */
  function* steps(count: number, milliseconds: number, done: number[] = []) {
    for (let step = 1; step <= count; step += 1) {
      time += milliseconds;
      done.push(step);
      yield;
    }
    return 'all of them';
  }

  it('that is soon done is done at once', () => {
    expect(inSlices(steps(10, 0.1))).toBe('all of them');
  });

  it('that is not lets others in after every 2 ms', async () => {
    const done: number[] = [];
    const work = inSlices(steps(10, 0.5, done));
    const seen = [done.length];
    while (done.length < 10) {
      await setImmediate();
      seen.push(done.length);
    }
    expect(seen).toEqual([4, 8, 10]);
    expect(await work).toBe('all of them');
  });

  it('throws what goes wrong at once, and rejects with what goes wrong later', async () => {
    function* failing(after: number) {
      yield* steps(after, 1);
      throw new Error('EIO');
    }
    expect(() => inSlices(failing(1))).toThrow('EIO');
    await expect(inSlices(failing(5))).rejects.toThrow('EIO');
  });
});
