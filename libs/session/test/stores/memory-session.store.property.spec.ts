import { describe, expect, it } from '@jest/globals';
import { MemorySessionStore } from '../../src/stores/memory/memory-session.store.js';
import { compareWithArray } from './session-store.model.js';

describe('MemorySessionStore against an array that is looked through', () => {
  it('E5 E6 C1 C2 F2 R7 answers alike in every verb, at and around every edge, whatever went before', async () => {
    const steps = await compareWithArray(() => new MemorySessionStore(), { seed: 20_260_101, numRuns: 100 });
    expect(steps).toBeGreaterThan(1250);
  });
});
