import { hmacs } from '../contestants/hmac.js';
import { opaqueManager, ours } from '../contestants/ours.js';
import { acceptAll, presentedWith } from '../contestants/token-verifier.js';
import { yardstick } from '../contestants/yardstick.js';
import { scaled, type Scenario } from '../harness/contest.js';
import { FreshHeaders } from '../workload/fresh-headers.js';
import { accessTokens } from '../workload/logins.js';
import { proveRevocable } from '../workload/proofs.js';

const TOKENS = 1_000;

export const validateOpaqueRepeated: Scenario = {
  name: 'validate-opaque-repeated',
  operation: `validate one of ${TOKENS} opaque tokens, each presented again and again`,
  async open(effort) {
    const operations = scaled(10_000, effort);
    const manager = await opaqueManager();
    const tokens = await accessTokens(manager, TOKENS);
    const headers = new FreshHeaders(tokens);
    const us = ours(manager);
    await proveRevocable(us, manager);
    return {
      operations,
      contestants: [
        ...[us, yardstick(tokens)].map(presentedWith(headers, operations, acceptAll)),
        hmacs(1, operations),
      ],
    };
  },
};
