import type { SessionManager } from 'nestjs-session-manager';
import type { TokenVerifier } from '../contestants/token-verifier.js';
import { expired, forged } from './altered-tokens.js';
import { login } from './logins.js';

/** Ends the run unless everyone opens for the genuine token, and for neither a forged nor an expired one. */
export async function proveStrict(verifiers: readonly TokenVerifier[], genuine: string): Promise<void> {
  for (const verifier of verifiers) {
    await expect(true, verifier, 'genuine', genuine);
    await expect(false, verifier, 'forged', forged(genuine));
    await expect(false, verifier, 'expired', expired(genuine));
  }
}

/** Ends the run unless a token opens no more once its session has ended. */
export async function proveRevocable(verifier: TokenVerifier, manager: SessionManager): Promise<void> {
  const { accessToken } = await login(manager, 'leaver');
  await expect(true, verifier, 'genuine', accessToken);
  await manager.invalidateSession(accessToken);
  await expect(false, verifier, 'revoked', accessToken);
}

async function expect(wanted: boolean, verifier: TokenVerifier, kind: string, token: string): Promise<void> {
  if ((await opens(verifier, token)) === wanted) return;
  throw new Error(`${verifier.name} ${wanted ? 'refuses' : 'accepts'} a token that is ${kind}`);
}

async function opens({ verify }: TokenVerifier, token: string): Promise<boolean> {
  try {
    await verify(token);
    return true;
  } catch {
    return false;
  }
}
