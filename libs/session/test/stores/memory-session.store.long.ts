import { describe, expect, it } from '@jest/globals';
import { MemorySessionStore } from '../../src/stores/memory/memory-session.store.js';
import { compareWithArray } from './session-store.model.js';

const SEED = Number(process.env.SEED ?? 20_260_101);

describe('MemorySessionStore against an array that is looked through, in a long campaign', () => {
  it('E5 E6 C1 C2 F2 R7 answers alike in every verb, at and around every edge, whatever went before', async () => {
    const steps = await compareWithArray(() => new MemorySessionStore(), { seed: SEED, numRuns: 8000 });
    // Past Jest, which would add where it was called.
    process.stdout.write(`memory store: ${steps} steps, seed ${SEED}\n`);
    expect(steps).toBeGreaterThan(100_000);
  });
});
