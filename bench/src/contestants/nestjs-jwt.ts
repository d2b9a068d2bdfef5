import { createSecretKey } from 'node:crypto';
import { JwtService } from '@nestjs/jwt';
import { ALGORITHM, AUDIENCE, ISSUER, KEY } from '../workload/signing.js';
import type { TokenVerifier } from './token-verifier.js';

/** At its best: a string or a Buffer as the secret would cost it a key derivation per call. */
export function jwtService(): JwtService {
  return new JwtService({
    secret: createSecretKey(KEY),
    signOptions: { algorithm: ALGORITHM },
    verifyOptions: { algorithms: [ALGORITHM], issuer: ISSUER, audience: AUDIENCE },
  });
}

/** Checks signature, expiry, issuer and audience, and knows no sessions. */
export function nestjsJwt(): TokenVerifier {
  const service = jwtService();
  return {
    name: '@nestjs/jwt verifyAsync, KeyObject',
    answers: 'a promise',
    verify: (token) => service.verifyAsync(token),
  };
}
