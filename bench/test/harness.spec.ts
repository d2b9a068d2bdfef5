import { describe, expect, it } from '@jest/globals';
import { FULL, paceOf, SHORT, type Contestant, type Meter } from '../src/harness/contest.js';
import { measure } from '../src/harness/measure.js';
import { randomFractions, shuffled } from '../src/harness/shuffled.js';
import { pairedRatios, spreadOf } from '../src/harness/statistics.js';

describe('spreadOf', () => {
  it('finds median and quartiles whatever the order, and leaves the values as they were', () => {
    const values = [10, 2, 4, 1, 3];
    expect(spreadOf(values)).toEqual({ lowerQuartile: 2, median: 3, upperQuartile: 4 });
    expect(values).toEqual([10, 2, 4, 1, 3]);
  });

  it('goes between two values in proportion', () => {
    expect(spreadOf([1, 2, 3, 4])).toEqual({ lowerQuartile: 1.75, median: 2.5, upperQuartile: 3.25 });
  });

  it('orders by size, not by spelling, and is not moved by one outlier', () => {
    expect(spreadOf([9, 10, 11, 9.5, 1e9]).median).toBe(10);
  });

  it('is that value for a single one, and refuses none at all', () => {
    expect(spreadOf([7])).toEqual({ lowerQuartile: 7, median: 7, upperQuartile: 7 });
    expect(() => spreadOf([])).toThrow(RangeError);
  });
});

describe('pairedRatios', () => {
  it('divides within the round, so that a slow round cancels out', () => {
    expect(pairedRatios([20, 200, 40], [10, 100, 10])).toEqual([2, 2, 4]);
  });

  it('refuses values that do not pair', () => {
    expect(() => pairedRatios([1, 2], [1])).toThrow(RangeError);
  });
});

describe('shuffled', () => {
  const LIST = ['a', 'b', 'c', 'd'];

  it('has each member once, in every place about equally often, and leaves the list as it was', () => {
    const fraction = randomFractions(1);
    const first = new Map<string, number>();
    for (let round = 0; round < 4000; round++) {
      const order = shuffled(LIST, fraction);
      expect(order.toSorted()).toEqual(LIST);
      first.set(order[0]!, (first.get(order[0]!) ?? 0) + 1);
    }
    for (const times of first.values()) expect(Math.abs(times - 1000)).toBeLessThan(100);
    expect(LIST).toEqual(['a', 'b', 'c', 'd']);
  });

  it('is the same for the same seed', () => {
    expect(shuffled(LIST, randomFractions(7))).toEqual(shuffled(LIST, randomFractions(7)));
  });
});

/** Measures by a clock of milliseconds. */
function nanosecondsBy(clock: () => number): Meter {
  return () => {
    const start = clock();
    return (operations) => ((clock() - start) * 1e6) / operations;
  };
}

describe('paceOf', () => {
  it('takes the effort, and fewer rounds where a contest says so', () => {
    const contest = { operations: 1, contestants: [] };
    expect(paceOf(contest, FULL)).toEqual({ warmUps: 6, rounds: 48 });
    expect(paceOf({ ...contest, rounds: 12 }, FULL)).toEqual({ warmUps: 2, rounds: 12 });
    expect(paceOf({ ...contest, rounds: 12 }, SHORT)).toEqual({ warmUps: 1, rounds: 3 });
  });
});

describe('measure', () => {
  /** Contestants that move the clock instead of working; every round is as many times slower as its number says. */
  function field(...paces: readonly [name: string, milliseconds: number][]) {
    let now = 0;
    const order: string[] = [];
    const contestants = paces.map(([name, milliseconds]): Contestant => ({
      name,
      prepare: (round) => {
        now += 1_000_000;
        return () => {
          order.push(name);
          now += milliseconds * (round + 1);
          return 10;
        };
      },
    }));
    return { contest: { operations: 10, contestants }, meter: nanosecondsBy(() => now), order };
  }

  it('reports nanoseconds per operation, and the ratio to the first contestant of each round', async () => {
    const { contest, meter } = field(['us', 1], ['peer', 4]);
    const [us, peer] = await measure(contest, { warmUps: 0, rounds: 3 }, meter);
    expect(us).toMatchObject({ name: 'us', rounds: [1e5, 2e5, 3e5], relative: { median: 1 } });
    expect(peer).toMatchObject({
      name: 'peer',
      figure: { median: 8e5 },
      relative: { lowerQuartile: 4, median: 4, upperQuartile: 4 },
    });
  });

  it('compares each with the one that leads its group', async () => {
    const { contest, meter } = field(['few', 1], ['many', 2], ['few of others', 10], ['many of others', 30]);
    const contestants = contest.contestants.map((each, place) => ({ ...each, leads: place === 2 }));
    const measured = await measure({ ...contest, contestants }, { warmUps: 0, rounds: 2 }, meter);
    expect(measured.map(({ relative }) => relative.median)).toEqual([1, 2, 1, 3]);
  });

  it('lets each contestant have one turn in each round, in orders that differ', async () => {
    const { contest, meter, order } = field(['a', 1], ['b', 1], ['c', 1]);
    await measure(contest, { warmUps: 1, rounds: 9 }, meter);
    const rounds = Array.from({ length: 10 }, (_, round) => order.slice(3 * round, 3 * round + 3));
    expect(rounds.every((round) => round.toSorted().join('') === 'abc')).toBe(true);
    expect(new Set(rounds.map((round) => round.join(''))).size).toBeGreaterThan(2);
  });

  it('counts neither the warm-up nor the time that a round takes to make ready', async () => {
    const { contest, meter } = field(['us', 1]);
    const [us] = await measure(contest, { warmUps: 2, rounds: 2 }, meter);
    expect(us!.rounds).toEqual([3e5, 4e5]);
  });

  it("measures with a contestant's own meter where it brings one, and waits for it", async () => {
    const { contest, meter } = field(['us', 1], ['peer', 1]);
    const own: Meter = () => Promise.resolve((operations) => Promise.resolve(operations * 7));
    const [us, peer] = contest.contestants;
    const contestants = [{ ...us!, meter: own }, peer!];
    const measured = await measure({ ...contest, contestants }, { warmUps: 0, rounds: 1 }, meter);
    expect(measured.map(({ rounds }) => rounds)).toEqual([[70], [1e5]]);
  });

  it('awaits a round that is asynchronous', async () => {
    let now = 0;
    const slow: Contestant = {
      name: 'slow',
      prepare: () => async () => {
        await Promise.resolve();
        now += 1;
        return 1;
      },
    };
    const [measured] = await measure(
      { operations: 1, contestants: [slow] },
      { warmUps: 0, rounds: 1 },
      nanosecondsBy(() => now),
    );
    expect(measured!.rounds).toEqual([1e6]);
  });

  it('ends the run when an operation does not end as it should', async () => {
    const wrong: Contestant = { name: 'wrong', prepare: () => () => 9 };
    await expect(
      measure({ operations: 10, contestants: [wrong] }, { warmUps: 1, rounds: 1 }),
    ).rejects.toThrow('wrong: 9 of 10');
  });
});
