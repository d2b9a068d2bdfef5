import { expect, it } from '@jest/globals';
import { compareWithModel } from './model/campaign.js';
import { ALL_KINDS } from './model/all-kinds.js';

const SEED = Number(process.env.SEED ?? 20_260_101);

it('E5 E6 does in 100,000 operations what the contract foretells, and all that it names has happened', async () => {
  const tally = await compareWithModel({ seed: SEED, runs: 2100 });
  // Past Jest, which would add where it was called.
  process.stdout.write(`model: ${tally.operations} operations, seed ${SEED}\n${tally.toString()}\n`);
  expect(ALL_KINDS.filter((kind) => !tally.counts.has(kind))).toEqual([]);
  expect(tally.operations).toBeGreaterThanOrEqual(100_000);
});
