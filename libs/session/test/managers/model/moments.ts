import fc from 'fast-check';
import type { Reference } from './reference.js';

/** When an operation happens: some time off, before or after; or at an edge, a millisecond on either side of it. */
export interface Moment {
  /** Which of the moments to come at which something changes. */
  readonly edge?: number;
  readonly offset: number;
  readonly milliseconds: number;
}

export function timeOf({ edge, offset, milliseconds }: Moment, model: Reference): number {
  const edges = model.edges();
  if (edge === undefined || edges.length === 0) return model.now + milliseconds;
  return edges[edge % edges.length]! + offset;
}

const atOnce = fc.constant({ offset: 0, milliseconds: 0 });
const someTimeOff = fc.record({
  offset: fc.constant(0),
  milliseconds: fc.integer({ min: -3000, max: 3000 }),
});
const atAnEdge = fc.record({
  edge: fc.oneof(fc.constant(0), fc.constant(0), fc.constant(0), fc.nat(3)),
  offset: fc.constantFrom(-1, 0, 1),
  milliseconds: fc.constant(1),
});
export const moments: fc.Arbitrary<Moment> = fc.oneof(
  { weight: 6, arbitrary: atOnce },
  { weight: 1, arbitrary: someTimeOff },
  { weight: 2, arbitrary: atAnEdge },
);
