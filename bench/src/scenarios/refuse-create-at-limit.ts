import { scaled, type Contestant, type Scenario } from '../harness/contest.js';
import { fullManagers, type FullManager } from '../workload/full-manager.js';

export const refuseCreateAtLimit: Scenario = {
  name: 'refuse-create-at-limit',
  operation: 'refuse a login while as many sessions are active as may be',
  async open(effort) {
    const operations = scaled(10_000, effort);
    const managers = await fullManagers(effort);
    return { operations, contestants: managers.map((full) => refusedLogins(full, operations)) };
  },
};

function refusedLogins({ name, manager }: FullManager, operations: number): Contestant {
  return {
    name,
    prepare: () => async () => {
      let refused = 0;
      for (let i = 0; i < operations; i++) {
        if ((await manager.createSession('late')) === null) refused++;
      }
      return refused;
    },
  };
}
