import { describe, it } from '@jest/globals';
import { KINDS } from '../libs/session/test/attacks/corpus.js';
import { attack } from './attacks.campaign.js';
import { ADAPTERS } from './support/adapters.js';
import { useTestApps } from './support/use-test-apps.js';

describe.each(ADAPTERS)('All forgeries on %s', (_, makeAdapter) => {
  const apps = useTestApps(makeAdapter);

  it.each(KINDS)(
    'T4 H3 of a live %s token are all 401 and look alike, before it was used and after',
    (kind) => attack(apps, kind, { oneIn: 1 }),
  );
});
