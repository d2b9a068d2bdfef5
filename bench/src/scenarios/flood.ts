import type { SessionManager } from 'nestjs-session-manager';
import { jwtManager, opaqueManager } from '../contestants/ours.js';
import { scaled, type Contestant, type Scenario } from '../harness/contest.js';
import { keptMebibytes } from '../harness/kept-bytes.js';
import { presentInvalid } from '../workload/invalid-tokens.js';
import { login } from '../workload/logins.js';

export const flood: Scenario = {
  name: 'flood',
  operation: 'refuse an invalid token, a different one each time, and keep nothing of it',
  async open(effort) {
    const operations = scaled(1_000_000, effort);
    return {
      operations,
      unit: 'MiB kept in all',
      rounds: 1,
      contestants: [
        await refusing('jwt', await jwtManager(), operations),
        await refusing('opaque', await opaqueManager(), operations),
      ],
    };
  },
};

async function refusing(name: string, manager: SessionManager, operations: number): Promise<Contestant> {
  const { accessToken } = await login(manager, 'victim');
  return {
    name,
    meter: keptMebibytes,
    prepare: (round) => () => presentInvalid(manager, accessToken, round * operations, operations),
  };
}
