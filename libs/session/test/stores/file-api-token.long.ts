import { afterAll, beforeAll, describe, it } from '@jest/globals';
import { killAgainAndAgain, seeOthers, writeTogether } from './file-api-token.campaigns.js';
import { OtherProcesses } from './other-process.js';

const SEED = Number(process.env.SEED ?? 20_260_101);

describe('the file of API tokens, in long campaigns', () => {
  let processes: OtherProcesses;
  beforeAll(() => {
    processes = new OtherProcesses();
  });
  afterAll(() => processes.dispose());

  it('A2 A3 A5 kill -9 at random points × 200', async () => {
    print(await killAgainAndAgain(processes, 100, SEED));
  });

  it('A3 A4 4 processes × 1,000 operations on one file', async () => {
    print(await writeTogether(processes, { count: 4, operations: 1000, seed: SEED }));
  });

  it('R1 A4 100 tokens and their revocations are seen within 1 s', async () => {
    print(await seeOthers(processes, 100));
  });
});

/** Past Jest, which would add where it was called. */
function print(report: string): void {
  process.stdout.write(`${report}\n`);
}
