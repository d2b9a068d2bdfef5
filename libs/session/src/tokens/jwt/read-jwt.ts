import { InvalidTokenError } from '../../core/errors.js';
import { MAX_TOKEN_LENGTH, type TokenClaims } from '../../core/token-codec.js';
import type { JwsVerifier } from '../jws/jws.js';
import { readClaims } from './jwt-claims.js';
import { parseJsonPart } from '../jws/jwt-json.js';
import { isWrapped, onlyApiToken, unwrap } from './wrapped-token.js';

/** Who the tokens are from and for: the `iss` and `aud` of each, checked on each. */
export interface JwtParties {
  readonly issuer: string;
  readonly audience: string;
}

/**
 * Reads a JSON Web Token (RFC 7519): its length first, then its wrapper if it has one, its signature, and only then what
 * it says.
 */
export function readJwt(token: string, verifier: JwsVerifier, parties: JwtParties): TokenClaims {
  if (token.length > MAX_TOKEN_LENGTH) {
    throw new InvalidTokenError(`The token is longer than ${MAX_TOKEN_LENGTH} characters`);
  }
  return isWrapped(token)
    ? onlyApiToken(readSigned(unwrap(token), verifier, parties))
    : readSigned(token, verifier, parties);
}

function readSigned(jwt: string, verifier: JwsVerifier, parties: JwtParties): TokenClaims {
  return readClaims(parseJsonPart(verifier.verify(jwt)), parties);
}
