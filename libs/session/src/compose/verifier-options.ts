import type { ApiTokenStore } from '../core/api-token-store.js';
import type { JwkSet } from '../core/session-keys.js';
import type { SessionStore } from '../core/session-store.js';
import { GuardOptions } from './module-options.js';
import {
  IsApiTokenStore,
  IsKeySetUri,
  IsObject,
  IsOneOf,
  IsSeconds,
  IsSessionStore,
  IsText,
} from './option-checks.js';
import { allOf, IsOmittable } from './option-rule.js';
import { AmbientOptions, VerifyingOptions } from './shared-options.js';

/** How a service verifies the tokens that another one issues. Times are seconds. */
export class JwksVerifierOptions extends allOf(GuardOptions, AmbientOptions, VerifyingOptions) {
  /**
   * Where the issuer publishes its keys: an https URL without a password, or http on a loopback address. They are fetched
   * when a token needs them. Default: none; either this or `jwks` is given.
   */
  @IsOmittable()
  @IsKeySetUri()
  readonly jwksUri?: string | URL;

  /**
   * The keys themselves, a JWK Set (RFC 7517 §5) with a public key at least, where they are known beforehand: nothing is
   * fetched then. Default: none; either this or `jwksUri` is given.
   */
  @IsOmittable()
  @IsObject('a JWK Set')
  readonly jwks?: JwkSet;

  /** The issuer's option `issuer`, the `iss` of every token: one that says another is refused. Default: none, required. */
  @IsText()
  readonly issuer!: string;

  /**
   * The issuer's option `audience`, the `aud` of every token: one that says another is refused. Default: none, required.
   */
  @IsText()
  readonly audience!: string;

  /**
   * The issuer's store, where it is shared: a revocation then acts on the next request.
   * Default: none, and a token is valid until it expires.
   */
  @IsOmittable()
  @IsSessionStore()
  readonly store?: SessionStore;

  /**
   * Whether API tokens are accepted here. Without `apiTokenStore` a revoked one is accepted too, until it expires, which
   * may be years. Default: `true` with `apiTokenStore`, else `false`.
   */
  @IsOmittable()
  @IsOneOf(true, false)
  readonly apiTokens?: boolean;

  /**
   * The issuer's registry of API tokens, where it is shared: a revoked one is refused from the next request on.
   * Default: none, and `apiTokens` says what becomes of them.
   */
  @IsOmittable()
  @IsApiTokenStore()
  readonly apiTokenStore?: ApiTokenStore;

  /**
   * For how many seconds fetched keys are used before they are fetched anew, from 1 to 315360000: a key that the issuer
   * withdraws is refused by then. While it cannot be reached, the old ones serve on. Default: 300.
   */
  @IsOmittable()
  @IsSeconds(1)
  readonly refreshAfter?: number;

  /**
   * How many seconds after an attempt to fetch keys the next may follow, from 1 to 315360000, whatever tokens come:
   * forged ones cause no flood of fetches. Default: 30.
   */
  @IsOmittable()
  @IsSeconds(1)
  readonly cooldown?: number;

  /**
   * How many seconds an attempt to fetch keys may take, 1 to 60. Until then a request with a key not yet known waits,
   * and is answered with 503 where the attempt fails. Default: 3.
   */
  @IsOmittable()
  @IsSeconds(1, 60)
  readonly fetchTimeout?: number;
}
