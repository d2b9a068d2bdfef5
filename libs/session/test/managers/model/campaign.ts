import fc from 'fast-check';
import type { Reference } from './reference.js';
import { ReferenceNoAuth } from './reference-no-auth.js';
import { ReferenceSessions } from './reference-sessions.js';
import { anyOptions, rulesOf } from './rules.js';
import { stepsInto } from './steps.js';
import { Tally } from './tally.js';
import { START, World } from './world.js';

/** Runs managers of random options against the model, so many times over. Answers what was seen. */
export async function compareWithModel({ seed, runs }: { seed: number; runs: number }): Promise<Tally> {
  const tally = new Tally();
  const commands = fc.commands(stepsInto(tally), { maxCommands: 120, size: 'max' });
  // Each token put into a file is an fsync, so few runs have one.
  const files = fc.nat(9).map((die) => die === 0);
  const property = fc.asyncProperty(anyOptions, files, commands, async (options, files, steps) => {
    const world = new World(options, { files });
    const adminId = await world.start();
    const rules = rulesOf(options);
    const model: Reference =
      adminId === undefined
        ? new ReferenceSessions(rules, START)
        : new ReferenceNoAuth(rules.access, START, adminId);
    try {
      await fc.asyncModelRun(() => ({ model, real: world }), steps);
    } finally {
      world.dispose();
    }
  });
  await fc.assert(property, { seed, numRuns: runs });
  return tally;
}
