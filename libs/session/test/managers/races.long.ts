import { describe, it } from '@jest/globals';
import {
  logInTogether,
  refreshTogetherInGrace,
  refreshTogetherWithoutGrace,
  refreshTogetherWithoutSlot,
  revokeWhileRefreshing,
  useGraceTogether,
} from './races.campaigns.js';

const SEED = Number(process.env.SEED ?? 20_260_101);

describe('races over a scattered store, in long campaigns', () => {
  it('F2 100 parallel refreshes × 200 with a grace window', () => run(refreshTogetherInGrace, 200));
  it('F1 100 parallel refreshes × 200 without one', () => run(refreshTogetherWithoutGrace, 200));
  it('F5 R1 R7 a revocation racing refreshes × 2,000', () => run(revokeWhileRefreshing, 2000));
  it('C1 100 parallel logins × 200 at limits of 1, 3 and 10', () => run(logInTogether, 200));
  it('F3 F4 use of the grace window × 500', () => run(useGraceTogether, 500));
  it('F7 100 parallel refreshes × 200 without a slot', () => run(refreshTogetherWithoutSlot, 200));
});

async function run(race: (races: { rounds: number; seed: number }) => Promise<void>, rounds: number) {
  await race({ rounds, seed: SEED });
  // Past Jest, which would add where it was called.
  process.stdout.write(`${race.name}: ${rounds} rounds under each strategy, seed ${SEED}\n`);
}
