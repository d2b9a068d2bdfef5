import type { SessionRecord } from '../core/session.js';
import {
  TokenCodec,
  type ApiTokenClaims,
  type ApiTokenCodec,
  type TokenClaims,
} from '../core/token-codec.js';

/** Where the codec of the keys in use is found. */
interface KeysInUse<C extends TokenCodec> {
  readonly codec: C;
}

/** Reads and writes with the codec of the keys in use, whichever that is at the time. */
export class CurrentCodec extends TokenCodec {
  readonly #keys: KeysInUse<TokenCodec>;

  constructor(keys: KeysInUse<TokenCodec>) {
    super();
    this.#keys = keys;
  }

  issue(record: SessionRecord): { readonly accessToken: string; readonly refreshToken?: string } {
    return this.#keys.codec.issue(record);
  }

  read(token: string): TokenClaims {
    return this.#keys.codec.read(token);
  }
}

/** The same where there are API tokens. */
export class CurrentApiTokenCodec extends CurrentCodec implements ApiTokenCodec {
  readonly #keys: KeysInUse<ApiTokenCodec>;

  constructor(keys: KeysInUse<ApiTokenCodec>) {
    super(keys);
    this.#keys = keys;
  }

  issueApiToken(claims: Pick<ApiTokenClaims, 'jti' | 'username' | 'times' | 'datasets'>): string {
    return this.#keys.codec.issueApiToken(claims);
  }
}
