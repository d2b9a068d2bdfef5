import { jwtVerifiers } from '../contestants/jwt-verifiers.js';
import { jwtManager } from '../contestants/ours.js';
import { acceptAll, presentedWith } from '../contestants/token-verifier.js';
import { yardstick } from '../contestants/yardstick.js';
import { scaled, type Scenario } from '../harness/contest.js';
import { FreshHeaders } from '../workload/fresh-headers.js';
import { accessTokens } from '../workload/logins.js';

export const validateJwtRepeated = validateRepeated('validate-jwt-repeated', 1_000);
/** So few that all of them are near the processor: what more of them take is mostly memory. */
export const validateJwtRepeated20 = validateRepeated('validate-jwt-repeated-20', 20);

function validateRepeated(name: string, count: number): Scenario {
  return {
    name,
    operation: `validate one of ${count.toLocaleString('en')} JWTs, each presented again and again`,
    async open(effort) {
      const operations = scaled(10_000, effort);
      const manager = await jwtManager();
      const tokens = await accessTokens(manager, count);
      // With room to spare, so that the peer's cache never evicts one.
      const verifiers = await jwtVerifiers(manager, tokens[0]!, { fastJwtCache: 2 * count });
      const headers = new FreshHeaders(tokens);
      const all = [...verifiers, yardstick(tokens)];
      return { operations, contestants: all.map(presentedWith(headers, operations, acceptAll)) };
    },
  };
}
