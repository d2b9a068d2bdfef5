import { describe, expect, it } from '@jest/globals';
import {
  fuzzAuthorization,
  fuzzDatasets,
  fuzzFiles,
  fuzzLines,
  fuzzLogin,
  fuzzRefresh,
  type Extent,
  type Tally,
} from './campaigns.js';

const SEED = Number(process.env.SEED ?? 20_260_101);

const CAMPAIGNS: readonly (readonly [name: string, runs: number, run: (extent: Extent) => Promise<Tally>])[] =
  [
    ['Authorization header, jwt', 250_000, (extent) => fuzzAuthorization('jwt', extent)],
    ['Authorization header, token', 150_000, (extent) => fuzzAuthorization('token', extent)],
    ['refresh token, jwt', 150_000, (extent) => fuzzRefresh('jwt', extent)],
    ['refresh token, token', 50_000, (extent) => fuzzRefresh('token', extent)],
    ['username and details of a login', 100_000, fuzzLogin],
    ['names and rights of datasets', 150_000, fuzzDatasets],
    ['lines of api_token.txt', 150_000, fuzzLines],
    ['whole files of lines', 50_000, fuzzFiles],
  ];

describe('any input, in a long campaign', () => {
  it.each(CAMPAIGNS)('T4 D1 A5 L1 L2 P1 harms nothing: %s × %d', async (name, runs, run) => {
    const started = performance.now();
    const { inputs, accepted } = await run({ runs, seed: SEED });
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    // Past Jest, which would add where it was called.
    process.stdout.write(`${name}: ${inputs} inputs, ${accepted} good, ${seconds} s, seed ${SEED}\n`);
    expect(accepted).toBeGreaterThan(0);
  });
});
