import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { neverBackwards } from '../../src/core/clock.js';

/** A clock that reads off a list. */
function readings(...times: number[]) {
  let at = 0;
  return () => times[at++]!;
}

describe('neverBackwards', () => {
  it('tells what the clock tells while that moves forward', () => {
    const clock = neverBackwards(readings(1000, 1000, 2500, 9000));
    expect([clock(), clock(), clock(), clock()]).toEqual([1000, 1000, 2500, 9000]);
  });

  it('counts an earlier reading as the latest one seen', () => {
    const clock = neverBackwards(readings(5000, 4000, 0, -1, 5001, 5000));
    expect([clock(), clock(), clock(), clock(), clock(), clock()]).toEqual([
      5000, 5000, 5000, 5000, 5001, 5001,
    ]);
  });

  it('counts an unusable reading as the latest one seen', () => {
    const clock = neverBackwards(readings(5000, Number.NaN, undefined as unknown as number, 6000));
    expect([clock(), clock(), clock(), clock()]).toEqual([5000, 5000, 5000, 6000]);
  });

  it('keeps a memory of its own for each clock wrapped', () => {
    const late = neverBackwards(() => 9000);
    const early = neverBackwards(() => 1000);
    expect([late(), early()]).toEqual([9000, 1000]);
  });

  it('answers the running maximum of any readings', () => {
    fc.assert(
      fc.property(fc.array(fc.integer(), { minLength: 1 }), (times) => {
        const clock = neverBackwards(readings(...times));
        times.forEach((_, index) => expect(clock()).toBe(Math.max(...times.slice(0, index + 1))));
      }),
    );
  });
});
