import type { Contestant } from '../harness/contest.js';

/**
 * Refreshes some sessions in turn, each with the token that its last refresh gave.
 *
 * @param refresh answers the token that follows, or `undefined` if there is none.
 */
export function refreshInTurn(
  name: string,
  tokens: readonly string[],
  operations: number,
  refresh: (token: string) => Promise<string | undefined>,
): Contestant {
  const current = [...tokens];
  return {
    name,
    prepare: () => async () => {
      for (let i = 0; i < operations; i++) {
        const session = i % current.length;
        const next = await refresh(current[session]!);
        if (next === undefined || next === current[session]) return i;
        current[session] = next;
      }
      return operations;
    },
  };
}
