import { jwtVerifiers } from '../contestants/jwt-verifiers.js';
import { jwtManager } from '../contestants/ours.js';
import { acceptAll, presentedWith } from '../contestants/token-verifier.js';
import { scaled, type Scenario } from '../harness/contest.js';
import { FreshHeaders } from '../workload/fresh-headers.js';
import { accessTokens } from '../workload/logins.js';

const TOKENS = 1_000;

export const validateJwtRepeated: Scenario = {
  name: 'validate-jwt-repeated',
  operation: `validate one of ${TOKENS} JWTs, each presented again and again`,
  async open(effort) {
    const operations = scaled(10_000, effort);
    const manager = await jwtManager();
    const tokens = await accessTokens(manager, TOKENS);
    // With room to spare, so that the peer's cache never evicts one.
    const verifiers = await jwtVerifiers(manager, tokens[0]!, { fastJwtCache: 2 * TOKENS });
    const headers = new FreshHeaders(tokens);
    return { operations, contestants: verifiers.map(presentedWith(headers, operations, acceptAll)) };
  },
};
