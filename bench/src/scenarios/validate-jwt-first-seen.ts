import { jwtVerifiers } from '../contestants/jwt-verifiers.js';
import { jwtManager } from '../contestants/ours.js';
import { acceptAll, presentedWith } from '../contestants/token-verifier.js';
import { scaled, type Scenario } from '../harness/contest.js';
import { FreshHeaders } from '../workload/fresh-headers.js';
import { accessTokens } from '../workload/logins.js';

/** Nobody sees a token twice in the whole run, so no cache helps. */
export const validateJwtFirstSeen: Scenario = {
  name: 'validate-jwt-first-seen',
  operation: 'validate a JWT that was never presented before',
  async open(effort) {
    const operations = scaled(2_500, effort);
    const manager = await jwtManager();
    const [sample, ...tokens] = await accessTokens(
      manager,
      1 + operations * (effort.warmUps + effort.rounds),
    );
    const verifiers = await jwtVerifiers(manager, sample!, { fastJwtCache: false });
    const headers = new FreshHeaders(tokens);
    return { operations, contestants: verifiers.map(presentedWith(headers, operations, acceptAll)) };
  },
};
