import { describe, expect, it } from '@jest/globals';
import { fastJwt } from '../src/contestants/fast-jwt.js';
import { nestjsJwt } from '../src/contestants/nestjs-jwt.js';
import { jwtManager, ours } from '../src/contestants/ours.js';
import type { TokenVerifier } from '../src/contestants/token-verifier.js';
import { login } from '../src/workload/logins.js';
import { proveRevocable, proveStrict } from '../src/workload/proofs.js';

const manager = await jwtManager();
const { accessToken } = await login(manager, 'alice');

describe('proveStrict', () => {
  it('lets every contestant through that is measured', async () => {
    await proveStrict([ours(manager), fastJwt({ cache: 10 }), nestjsJwt()], accessToken);
  });

  it('ends the run for a verifier that accepts, refuses or overlooks too much', async () => {
    const lenient: TokenVerifier = { name: 'lenient', answers: 'at once', verify: () => true };
    await expect(proveStrict([lenient], accessToken)).rejects.toThrow(
      'lenient accepts a token that is forged',
    );
    const deaf: TokenVerifier = {
      name: 'deaf',
      answers: 'a promise',
      verify: () => Promise.reject(new Error()),
    };
    await expect(proveStrict([deaf], accessToken)).rejects.toThrow('deaf refuses a token that is genuine');
    const timeless: TokenVerifier = {
      name: 'timeless',
      answers: 'a promise',
      verify: (token) =>
        isExpired(token) ? Promise.resolve() : (ours(manager).verify(token) as Promise<unknown>),
    };
    await expect(proveStrict([timeless], accessToken)).rejects.toThrow(
      'timeless accepts a token that is expired',
    );
  });
});

describe('proveRevocable', () => {
  it('ends the run for a verifier that knows no sessions', async () => {
    await proveRevocable(ours(manager), manager);
    await expect(proveRevocable(nestjsJwt(), manager)).rejects.toThrow('accepts a token that is revoked');
  });
});

function isExpired(token: string): boolean {
  const { exp } = JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString()) as { exp: number };
  return exp * 1000 < Date.now();
}
