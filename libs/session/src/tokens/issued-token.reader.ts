import type { MaybePromise } from '../util/maybe-promise.js';
import { MAX_TOKEN_LENGTH, TokenReader, type TokenClaims } from '../core/token-codec.js';
import type { JwsVerifier } from './jws/jws.js';
import { readJwt, type JwtParties } from './jwt/read-jwt.js';
import { isWrapped, unwrap } from './jwt/wrapped-token.js';

/** Keys of another service; those that have to be fetched say so by `prepare`. */
export interface IssuerKeys extends JwsVerifier {
  prepare?(token: string): MaybePromise<void>;
}

/** Reads JSON Web Tokens that another service signed, as strictly as that reads its own. */
export class IssuedTokenReader extends TokenReader {
  readonly #keys: IssuerKeys;
  readonly #parties: JwtParties;

  constructor(keys: IssuerKeys, parties: JwtParties) {
    super();
    this.#keys = keys;
    this.#parties = parties;
  }

  prepare(token: string): MaybePromise<void> {
    if (token.length > MAX_TOKEN_LENGTH) return undefined;
    return this.#keys.prepare?.(isWrapped(token) ? unwrap(token) : token);
  }

  read(token: string): TokenClaims {
    return readJwt(token, this.#keys, this.#parties);
  }
}
