import { createVerifier } from 'fast-jwt';
import { ALGORITHM, AUDIENCE, ISSUER, KEY } from '../workload/signing.js';
import type { TokenVerifier } from './token-verifier.js';

/** Checks signature, expiry, issuer and audience, and knows no sessions. Of a known key, it answers at once. */
export function fastJwt({ cache }: { cache: number | false }): TokenVerifier {
  return {
    name: `fast-jwt, cache ${cache === false ? 'off' : 'on'}`,
    answers: 'at once',
    verify: createVerifier<string>({
      key: KEY,
      algorithms: [ALGORITHM],
      allowedIss: ISSUER,
      allowedAud: AUDIENCE,
      cache,
    }),
  };
}
