import fc from 'fast-check';
import type { TokenType } from '../../../src/core/token-type.js';
import type { Presented, Reference } from './reference.js';

/**
 * One of the tokens handed out: a session, counted from the latest and mostly of those that are there, and a token of
 * its type, counted from there.
 */
export const picks = fc.record({
  present: fc.constantFrom(true, true, true, false),
  session: fc.oneof(fc.constant(0), fc.nat(3), fc.nat()),
  back: fc.constantFrom(0, 0, 0, 1, 1, 2, 3),
  as: fc.oneof(
    { weight: 16, arbitrary: fc.constant('wanted' as const) },
    { weight: 4, arbitrary: fc.constantFrom('access', 'refresh', 'api', 'forged', 'none') },
  ),
});
type Pick = typeof picks extends fc.Arbitrary<infer T> ? T : never;

export function pick(model: Reference, { present, session, back, as }: Pick, wanted: TokenType): Presented {
  if (as === 'none') return undefined;
  if (as === 'forged') return as;
  const type = as === 'wanted' ? wanted : as;
  const ofType = model.handedOut.filter((token) => token.type === type);
  const alive = ofType.filter((token) => token.session && model.present.includes(token.session.id));
  const tokens = [present ? alive : [], ofType, model.handedOut].find((some) => some.length > 0) ?? [];
  const ids = [...new Set(tokens.map((token) => token.session?.id))].reverse();
  const own = tokens.filter((token) => token.session?.id === ids[session % ids.length]);
  return own.at(-1 - (type === 'api' ? session % own.length : Math.min(back, own.length - 1)));
}

/** Whose it is said to be: nobody's in particular, its owner's, somebody else's, or that of a user who is none. */
export const claimants = fc.constantFrom('whoever', 'whoever', 'owner', 'bob', undefined);
export function claimant(claimed: string | undefined, token: Presented): { username?: string } {
  if (claimed === 'whoever') return {};
  if (claimed !== 'owner') return { username: claimed };
  return { username: typeof token === 'object' ? token.username : 'alice' };
}
