import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { killAgainAndAgain, seeOthers, writeTogether } from './file-api-token.campaigns.js';
import { OtherProcesses } from './other-process.js';

describe('the file of API tokens, in short campaigns (the long ones: npm run test:long)', () => {
  let processes: OtherProcesses;
  beforeAll(() => {
    processes = new OtherProcesses();
  });
  afterAll(() => processes.dispose());

  it('A2 A3 A5 kill -9 at random points loses nothing acknowledged, revives nothing, and every boot succeeds', async () => {
    expect(await killAgainAndAgain(processes, 3, 1)).toContain('3 of 3 boots');
  });

  it('A3 A4 four processes on one file lose nothing, compaction going on', async () => {
    expect(await writeTogether(processes, { count: 4, operations: 40, seed: 1 })).toContain('0 lost');
  });

  it('R1 A4 tokens and revocations of another process are seen within 1 s, compaction going on', async () => {
    expect(await seeOthers(processes, 3)).toContain('3 revocations');
  });
});
