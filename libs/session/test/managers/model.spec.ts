import { expect, it } from '@jest/globals';
import { compareWithModel } from './model/campaign.js';

it('E5 E6 does in every operation what the contract foretells, at and around every edge', async () => {
  const { operations } = await compareWithModel({ seed: 20_260_101, runs: 20 });
  expect(operations).toBeGreaterThan(800);
});
