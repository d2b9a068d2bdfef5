import { jwtVerifiers } from '../contestants/jwt-verifiers.js';
import { jwtManager } from '../contestants/ours.js';
import { presentedWith, refuseAll } from '../contestants/token-verifier.js';
import { scaled, type Scenario } from '../harness/contest.js';
import { forged } from '../workload/altered-tokens.js';
import { FreshHeaders } from '../workload/fresh-headers.js';
import { accessTokens } from '../workload/logins.js';

export const refuseForgedJwt: Scenario = {
  name: 'refuse-forged-jwt',
  operation: 'refuse a JWT of a live session whose signature is wrong',
  async open(effort) {
    const operations = scaled(2_500, effort);
    const manager = await jwtManager();
    const tokens = await accessTokens(manager, operations);
    const verifiers = await jwtVerifiers(manager, tokens[0]!, { fastJwtCache: false });
    const headers = new FreshHeaders(tokens.map(forged));
    return { operations, contestants: verifiers.map(presentedWith(headers, operations, refuseAll)) };
  },
};
