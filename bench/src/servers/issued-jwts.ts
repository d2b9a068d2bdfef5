import { jwtManager } from '../contestants/ours.js';
import { expired, forged } from '../workload/altered-tokens.js';
import { login } from '../workload/logins.js';
import { bearer } from './bearer.js';
import type { Admission } from './server.js';

/** Tokens like the library's own, for the peers that verify what somebody else issues. */
export async function issuedJwts(_app: unknown, users: readonly string[]): Promise<Admission> {
  const issuer = await jwtManager();
  const tokens = await Promise.all(users.map(async (user) => (await login(issuer, user)).accessToken));
  return {
    admitted: users.map((username, i) => ({ username, headers: bearer(tokens[i]!) })),
    refused: { forged: bearer(forged(tokens[0]!)), expired: bearer(expired(tokens[0]!)) },
  };
}
