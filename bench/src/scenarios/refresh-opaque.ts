import { hmacs } from '../contestants/hmac.js';
import { opaqueManager } from '../contestants/ours.js';
import { refreshInTurn } from '../contestants/refresher.js';
import { scaled, type Scenario } from '../harness/contest.js';
import { accessTokens } from '../workload/logins.js';

const SESSIONS = 100;

export const refreshOpaque: Scenario = {
  name: 'refresh-opaque',
  operation: 'exchange an opaque token for its successor',
  async open(effort) {
    const operations = scaled(4_000, effort);
    const manager = await opaqueManager();
    const tokens = await accessTokens(manager, SESSIONS);
    return {
      operations,
      contestants: [
        refreshInTurn('nestjs-session-manager', tokens, operations, async (token) => {
          return (await manager.refreshSession(token))?.accessToken;
        }),
        // One to verify the old token, one to sign the new.
        hmacs(2, operations),
      ],
    };
  },
};
