/** The middle half of a set of values; unlike mean and deviation, no single outlier moves it. */
export interface Spread {
  readonly lowerQuartile: number;
  readonly median: number;
  readonly upperQuartile: number;
}

/** @throws RangeError for no values at all. */
export function spreadOf(values: readonly number[]): Spread {
  if (values.length === 0) throw new RangeError('No values have no median');
  const sorted = values.toSorted((a, b) => a - b);
  return {
    lowerQuartile: quantile(sorted, 0.25),
    median: quantile(sorted, 0.5),
    upperQuartile: quantile(sorted, 0.75),
  };
}

/**
 * Value by value in units of the reference of the same round. What slows a whole round down, such as a neighbour
 * on the machine, is in both and cancels out; dividing the medians would keep it.
 *
 * @throws RangeError if not every value has its reference.
 */
export function pairedRatios(values: readonly number[], references: readonly number[]): number[] {
  if (values.length !== references.length) {
    throw new RangeError(`${values.length} values do not pair with ${references.length} references`);
  }
  return values.map((value, round) => value / references[round]!);
}

/**
 * What that share of the values, of which there are some, is no larger than: between two of them in proportion to the
 * distance from each (Hyndman and Fan's definition 7).
 */
export function quantile(sorted: readonly number[], share: number): number {
  const position = (sorted.length - 1) * share;
  const below = sorted[Math.floor(position)]!;
  const above = sorted[Math.ceil(position)]!;
  return below + (above - below) * (position - Math.floor(position));
}
