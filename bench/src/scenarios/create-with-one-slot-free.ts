import { scaled, type Contestant, type Scenario } from '../harness/contest.js';
import { fullManagers, type FullManager } from '../workload/full-manager.js';
import { username } from '../workload/signing.js';

export const createWithOneSlotFree: Scenario = {
  name: 'create-with-one-slot-free',
  operation: 'end a session at the limit, and log in to the slot that it leaves',
  async open(effort) {
    const operations = scaled(3_000, effort);
    const managers = await fullManagers(effort);
    return { operations, contestants: managers.map((full) => replacedSessions(full, operations)) };
  },
};

/** Shares no factor with the numbers of sessions, so that stepping by it meets each session once, all over memory. */
const STRIDE = 7919;

function replacedSessions({ name, manager, sessionIds }: FullManager, operations: number): Contestant {
  let at = 0;
  return {
    name,
    prepare: () => async () => {
      let replaced = 0;
      for (let i = 0; i < operations; i++) {
        at = (at + STRIDE) % sessionIds.length;
        const { invalidated } = await manager.invalidateSession({ sessionId: sessionIds[at]! });
        const tokens = await manager.createSession(username(at));
        if (!invalidated || tokens === null) continue;
        sessionIds[at] = tokens.sessionId;
        replaced++;
      }
      return replaced;
    },
  };
}
