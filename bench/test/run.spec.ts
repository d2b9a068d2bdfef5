import { describe, expect, it } from '@jest/globals';
import { readCommandLine } from '../src/command-line.js';
import { FULL, SHORT, type Scenario } from '../src/harness/contest.js';
import { partedByNeeds } from '../src/parted-by-needs.js';

function scenario(name: string, missing?: string): Scenario {
  return {
    name,
    operation: 'do nothing',
    ...(missing !== undefined && { missing: () => missing }),
    open: () => Promise.reject(new Error('not to be opened')),
  };
}

describe('readCommandLine', () => {
  const known = [scenario('one'), scenario('two')];

  it('runs all at full length unless told otherwise', () => {
    expect(readCommandLine([], known)).toEqual({
      effort: FULL,
      scenarios: known,
      json: undefined,
      report: undefined,
    });
    expect(readCommandLine(['--short', '--only', 'two'], known)).toMatchObject({
      effort: SHORT,
      scenarios: [known[1]],
    });
  });

  it('takes another number of sessions for servers that are to hold many, and leaves the rest as it is', () => {
    expect(readCommandLine(['--sessions', '1000000'], known).effort).toEqual({
      ...FULL,
      sessions: 1_000_000,
    });
  });

  it.each(['0', '99', '1e6', '-1000', '1000.5', '', '100000000', '250'])(
    'refuses %j for a number of sessions',
    (text) => {
      expect(() => readCommandLine([`--sessions=${text}`], known)).toThrow(TypeError);
    },
  );

  it('refuses a scenario that there is not, and names those that there are', () => {
    expect(() => readCommandLine(['--only', 'three'], known)).toThrow(
      'No scenario "three"; there are one, two',
    );
  });
});

describe('partedByNeeds', () => {
  it('runs what lacks nothing, in its order', () => {
    const all = [scenario('one'), scenario('two')];
    expect(partedByNeeds(all)).toEqual({ runnable: all, skipped: [] });
  });

  it('skips what lacks something, in one line for each thing that is missing', () => {
    const [one, two, three, four] = [
      scenario('one', 'no server'),
      scenario('two'),
      scenario('three', 'no server'),
      scenario('four', 'no browser'),
    ];
    expect(partedByNeeds([one, two, three, four])).toEqual({
      runnable: [two],
      skipped: ['SKIPPED: one, three: no server', 'SKIPPED: four: no browser'],
    });
  });
});
