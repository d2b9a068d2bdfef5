/** Random numbers that a seed brings back: whole ones from 0, below what is asked for (mulberry32). */
export type SeededRandom = (below: number) => number;

export function seededRandom(seed: number): SeededRandom {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}
