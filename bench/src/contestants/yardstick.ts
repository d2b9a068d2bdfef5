import type { TokenVerifier } from './token-verifier.js';

interface Known {
  readonly token: string;
  readonly username: string;
  readonly createdAt: number;
  readonly expiresAt: number;
  lastAccessed: number;
}

/**
 * No peer: the least code that gives what the library gives for a token that it has seen. One map, the whole token compared,
 * its expiry, a note of the access, and the frozen answer with its four dates.
 */
export function yardstick(tokens: readonly string[]): TokenVerifier {
  const now = Date.now();
  const known = new Map<string, Known>(
    tokens.map((token, user) => [
      keyOf(token),
      {
        token,
        username: `user-${user}`,
        createdAt: now,
        expiresAt: now + 7_200_000,
        lastAccessed: now,
      },
    ]),
  );
  return {
    name: 'the least code',
    answers: 'a promise',
    verify: async (token) => {
      const found = known.get(keyOf(token));
      const time = Date.now();
      if (found?.token !== token || time >= found.expiresAt) throw new Error('no such token');
      found.lastAccessed = time;
      return Object.freeze({
        username: found.username,
        issuedAt: new Date(found.createdAt),
        createdAt: new Date(found.createdAt),
        lastAccessed: new Date(found.lastAccessed),
        expiresAt: new Date(found.expiresAt),
      });
    },
  };
}

/** A part of the signature, as in the library: hashing all of a token would cost more. */
function keyOf(token: string): string {
  return token.slice(-20, -8);
}
