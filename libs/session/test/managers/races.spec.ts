import { describe, it } from '@jest/globals';
import {
  logInTogether,
  refreshTogetherInGrace,
  refreshTogetherWithoutGrace,
  refreshTogetherWithoutSlot,
  revokeWhileRefreshing,
  useGraceTogether,
} from './races.campaigns.js';

const seed = 20_260_101;

describe('over a store whose questions and answers overtake each other', () => {
  it('F2 a hundred parallel refreshes in the grace window have exactly one successor, which works on', () =>
    refreshTogetherInGrace({ rounds: 3, seed }));

  it('F1 without a grace window a hundred parallel refreshes grant one, and reuse ends the family', () =>
    refreshTogetherWithoutGrace({ rounds: 3, seed }));

  it('F5 R1 R7 nothing opens from any response of a refresh once a revocation is acknowledged', () =>
    revokeWhileRefreshing({ rounds: 20, seed }));

  it('C1 a hundred parallel logins leave exactly as many sessions as may be, whoever has to go', () =>
    logInTogether({ rounds: 1, seed }));

  it('F3 F4 the grace window is for the immediate predecessor and does not grow by its use', () =>
    useGraceTogether({ rounds: 10, seed }));

  it('F7 a hundred parallel refreshes that find no slot use nothing up', () =>
    refreshTogetherWithoutSlot({ rounds: 2, seed }));
});
