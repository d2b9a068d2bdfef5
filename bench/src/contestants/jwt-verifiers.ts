import type { SessionManager } from 'nestjs-session-manager';
import { proveRevocable, proveStrict } from '../workload/proofs.js';
import { fastJwt } from './fast-jwt.js';
import { nestjsJwt } from './nestjs-jwt.js';
import { ours } from './ours.js';
import type { TokenVerifier } from './token-verifier.js';

/** The library and its peers, all of whom have shown that they are strict: who checks less is no peer. */
export async function jwtVerifiers(
  manager: SessionManager,
  genuine: string,
  { fastJwtCache }: { fastJwtCache: number | false },
): Promise<TokenVerifier[]> {
  const us = ours(manager);
  const all = [us, fastJwt({ cache: fastJwtCache }), nestjsJwt()];
  await proveStrict(all, genuine);
  await proveRevocable(us, manager);
  return all;
}
