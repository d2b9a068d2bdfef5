import {
  createSessionManager,
  MemoryApiTokenStore,
  type SessionManager,
  type TokenSessionOptions,
} from 'nestjs-session-manager';
import { AUDIENCE, ISSUER, KEY } from '../workload/signing.js';
import { silent } from '../workload/silent-logger.js';
import type { TokenVerifier } from './token-verifier.js';

/** What differs from the defaults keeps the bench from measuring something else, such as an early limit. */
const COMMON = {
  secretKey: KEY,
  logger: silent,
  existingSession: 'new',
  maxConcurrentSessions: Infinity,
  // No session lapses while a bench runs.
  sessionTimeout: 7200,
} as const;

export function jwtManager() {
  return createSessionManager({
    ...COMMON,
    strategy: 'jwt',
    issuer: ISSUER,
    audience: AUDIENCE,
    apiTokenStore: new MemoryApiTokenStore(),
  });
}

export function opaqueManager(
  options: Pick<TokenSessionOptions, 'store' | 'clock' | 'maxConcurrentSessions'> = {},
) {
  return createSessionManager({ ...COMMON, strategy: 'token', ...options });
}

/** The full contract: the token is genuine, its times and its live session are judged, the access is noted. */
export function ours(manager: SessionManager): TokenVerifier {
  return {
    name: 'nestjs-session-manager',
    answers: 'a promise',
    verify: (token) => manager.validateSession(token),
  };
}
