import everyday from './jest.config.js';

/** Campaigns: what `npm test` holds in a seeded short form, for as long as it takes. `SEED=…` chooses another course. */
export default {
  ...everyday,
  testMatch: ['**/*.long.ts'],
  testTimeout: 3_600_000,
  maxWorkers: 1,
};
