import dns from 'node:dns';
import net from 'node:net';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { isForeseen } from '../support/foreseen.js';
import { prototypeMembers } from '../support/prototypes.js';
import { ALGORITHMS } from './algorithms.js';
import type { Family } from './attack.js';
import { CORPUS, forgeries, KINDS, type Forgery } from './corpus.js';
import { ENCODINGS } from './encodings.js';
import { HEADERS } from './headers.js';
import {
  AHEAD,
  CONTRADICTED_CLAIMS,
  CONTRADICTED_SESSION_CLAIMS,
  IMPOSSIBLE_CLAIMS,
  IMPOSSIBLE_RIGHTS,
  OLDER_ACCESS,
} from './impossible-claims.js';
import { BIT_FLIPS } from './opaque.js';
import { SIZES } from './sizes.js';
import { STRUCTURE } from './structure.js';
import { openTarget, type Target } from './target.js';

/** What would open a connection, as spies that let it happen. */
const spyOnConnections = () => [
  jest.spyOn(net.Socket.prototype, 'connect'),
  jest.spyOn(dns, 'lookup'),
  jest.spyOn(globalThis, 'fetch'),
];

/** The statements of docs/security.md that families hold, beside those that all do. */
const HOLDS: readonly (readonly [ids: string, families: readonly Family[]])[] = [
  ['J1 J2 ', ALGORITHMS],
  ['J1 J3 J4 J7 ', HEADERS],
  ['J6 ', STRUCTURE],
  ['J5 J7 ', ENCODINGS],
  ['J7 J8 J9 J10 J11 J12 P1 ', IMPOSSIBLE_CLAIMS],
  ['J8 J12 ', [...CONTRADICTED_CLAIMS, ...CONTRADICTED_SESSION_CLAIMS, AHEAD, OLDER_ACCESS]],
  ['P1 ', [IMPOSSIBLE_RIGHTS]],
  ['D1 ', SIZES],
];

const idsOf = (family: Family) => HOLDS.find(([, families]) => families.includes(family))?.[0] ?? '';

describe('the corpus of attacks', () => {
  it('T4 has at least 250 cases, every bit flipped counting as one, and no two alike', async () => {
    const names = new Set<string>();
    for (const kind of KINDS) {
      const { live } = await openTarget(kind);
      const made = forgeries(CORPUS[kind], live);
      const tokens = new Map(made.map(({ token, name }) => [token, name]));
      expect(made.filter(({ token, name }) => tokens.get(token) !== name)).toEqual([]);
      expect(tokens.get(live.token)).toBeUndefined();
      for (const { name } of made) names.add(name.startsWith(BIT_FLIPS.name) ? BIT_FLIPS.name : name);
    }
    expect(names.size).toBeGreaterThanOrEqual(250);
  });
});

describe.each(KINDS)('a live %s token', (kind) => {
  let connections: ReturnType<typeof spyOnConnections>;
  let members: ReturnType<typeof prototypeMembers>;

  beforeEach(() => {
    connections = spyOnConnections();
    members = prototypeMembers();
  });

  afterEach(() => connections.forEach((spy) => spy.mockRestore()));

  it.each(CORPUS[kind].map((family) => [idsOf(family), family.name, family] as const))(
    'T4 D2 %sis not forged by %s, neither before it was validated nor after, nor when it is remembered',
    async (_ids, _name, family) => {
      const target = await openTarget(kind);
      const made = forgeries([family], target.live);
      // A token that is validated a second time is remembered.
      for (let validations = 0; validations <= 2; validations++) {
        expect(await faultsOf(target, made)).toEqual([]);
        await target.validate();
      }
      for (const spy of connections) expect(spy).not.toHaveBeenCalled();
      expect(prototypeMembers()).toEqual(members);
    },
  );
});

/** What went wrong, by the names of the forgeries. */
async function faultsOf(target: Target, made: readonly Forgery[]): Promise<string[]> {
  const faults: string[] = [];
  for (const forgery of made) {
    const { name, family } = forgery;
    const before = target.asked();
    const refusals = await target.present(forgery).then(
      () => undefined,
      (refused: AggregateError) => refused.errors as unknown[],
    );
    if (refusals === undefined) faults.push(`${name}: accepted`);
    else if (!refusals.every(isForeseen)) {
      faults.push(`${name}: refused with ${String(refusals)}`);
    }
    if (!family.asksStore && target.asked() !== before) faults.push(`${name}: asked a store`);
  }
  return faults;
}
