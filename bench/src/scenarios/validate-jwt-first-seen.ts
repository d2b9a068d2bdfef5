import { jwtVerifiers } from '../contestants/jwt-verifiers.js';
import { jwtManager, ours } from '../contestants/ours.js';
import { acceptAll, presentedWith } from '../contestants/token-verifier.js';
import { scaled, type Contestant, type Scenario } from '../harness/contest.js';
import { FreshHeaders } from '../workload/fresh-headers.js';
import { accessTokens } from '../workload/logins.js';
import { KEY } from '../workload/signing.js';

/** More than any cache has room for. */
const MANY = 135_000;

/**
 * Each round presents every token once, to managers that have just forgotten all tokens: no cache helps. One has those
 * sessions alone, as its peers have none, and one has many more.
 */
export const validateJwtFirstSeen: Scenario = {
  name: 'validate-jwt-first-seen',
  operation: 'validate a JWT that was never presented before',
  async open(effort) {
    const operations = scaled(2_500, effort);
    const manager = await jwtManager();
    const tokens = await accessTokens(manager, operations);
    const [us, ...peers] = await jwtVerifiers(manager, tokens[0]!, { fastJwtCache: false });
    const headers = new FreshHeaders(tokens);
    const contestant = presentedWith(headers, operations, acceptAll);

    const crowded = await jwtManager();
    const ofMany = new FreshHeaders(await accessTokens(crowded, scaled(MANY, effort)));
    const among = { ...ours(crowded), name: `nestjs-session-manager, ${MANY.toLocaleString('en')} sessions` };
    return {
      operations,
      contestants: [
        forgetting(contestant(us!), manager.keys),
        ...peers.map(contestant),
        forgetting(presentedWith(ofMany, operations, acceptAll)(among), crowded.keys),
      ],
    };
  },
};

/** Whatever was verified is forgotten where keys are rotated, be it to the same. */
function forgetting(
  contestant: Contestant,
  keys: Awaited<ReturnType<typeof jwtManager>>['keys'],
): Contestant {
  return {
    ...contestant,
    prepare: async (round) => {
      await keys.rotateKeys(KEY);
      return contestant.prepare(round);
    },
  };
}
