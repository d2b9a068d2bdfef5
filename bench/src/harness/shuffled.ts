/** Fractions from 0 to 1, the same ones for the same seed (Marsaglia's xorshift, 32 bits). */
export function randomFractions(seed: number): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

/** The same members in an order that `fraction` draws (Fisher and Yates). */
export function shuffled<T>(list: readonly T[], fraction: () => number): T[] {
  const order = [...list];
  for (let last = order.length - 1; last > 0; last--) {
    const drawn = Math.floor(fraction() * (last + 1));
    [order[last], order[drawn]] = [order[drawn]!, order[last]!];
  }
  return order;
}
