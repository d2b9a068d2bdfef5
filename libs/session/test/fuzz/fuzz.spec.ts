import { describe, expect, it } from '@jest/globals';
import {
  fuzzAuthorization,
  fuzzDatasets,
  fuzzFiles,
  fuzzLines,
  fuzzLogin,
  fuzzRefresh,
} from './campaigns.js';

const SEED = 20_260_101;

describe('any input, in a short campaign (the long one: npm run test:long)', () => {
  it('T4 L1 L2 P1 in an Authorization header is 401, or a token of ours', async () => {
    expect((await fuzzAuthorization('jwt', { runs: 1500, seed: SEED })).accepted).toBeGreaterThan(0);
    expect((await fuzzAuthorization('token', { runs: 1000, seed: SEED })).accepted).toBeGreaterThan(0);
  });

  it('T4 L1 L2 P1 in the place of a refresh token is refused as one, or is one', async () => {
    expect((await fuzzRefresh('jwt', { runs: 1000, seed: SEED })).accepted).toBeGreaterThan(0);
    expect((await fuzzRefresh('token', { runs: 1000, seed: SEED })).accepted).toBeGreaterThan(0);
  });

  it('D1 L1 L2 P1 as username and details is refused, or kept as it is', async () => {
    expect((await fuzzLogin({ runs: 1000, seed: SEED })).accepted).toBeGreaterThan(0);
  });

  it('P1 L1 L2 as names and rights of datasets is refused, or granted to the letter', async () => {
    expect((await fuzzDatasets({ runs: 1000, seed: SEED })).accepted).toBeGreaterThan(0);
  });

  it('A5 as a line of api_token.txt counts only if its checksum does', async () => {
    expect((await fuzzLines({ runs: 1500, seed: SEED })).accepted).toBeGreaterThan(0);
  });

  it('A5 L1 L2 in the whole of api_token.txt harms no good line and is not logged', async () => {
    expect((await fuzzFiles({ runs: 1000, seed: SEED })).accepted).toBeGreaterThan(0);
  });
});
