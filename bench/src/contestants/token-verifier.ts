import type { Contestant, Round } from '../harness/contest.js';
import type { FreshHeaders } from '../workload/fresh-headers.js';

/** Someone who lets a token in, or throws. Called as its interface asks: awaited only where it answers a promise. */
export type TokenVerifier = { readonly name: string } & (
  | { readonly answers: 'a promise'; readonly verify: (token: string) => Promise<unknown> }
  | { readonly answers: 'at once'; readonly verify: (token: string) => unknown }
);

/** Lets a verifier take part: in each round it is presented with the tokens that follow those of the last. */
export function presentedWith(
  headers: FreshHeaders,
  operations: number,
  play: (verifier: TokenVerifier, tokens: readonly string[]) => Round,
): (verifier: TokenVerifier) => Contestant {
  return (verifier) => ({
    name: verifier.name,
    prepare: (round) => play(verifier, headers.tokens(round * operations, operations)),
  });
}

/** A round in which every token is good. */
export function acceptAll(verifier: TokenVerifier, tokens: readonly string[]): Round {
  const { verify } = verifier;
  if (verifier.answers === 'at once') {
    return () => {
      for (const token of tokens) verify(token);
      return tokens.length;
    };
  }
  return async () => {
    for (const token of tokens) await verify(token);
    return tokens.length;
  };
}

/** A round in which every token is bad. */
export function refuseAll(verifier: TokenVerifier, tokens: readonly string[]): Round {
  const { verify } = verifier;
  if (verifier.answers === 'at once') {
    return () => {
      let refused = 0;
      for (const token of tokens) {
        try {
          verify(token);
        } catch {
          refused++;
        }
      }
      return refused;
    };
  }
  return async () => {
    let refused = 0;
    for (const token of tokens) {
      try {
        await verify(token);
      } catch {
        refused++;
      }
    }
    return refused;
  };
}
