import type { ApiTokenStore } from '../core/api-token-store.js';
import type { Clock } from '../util/clock.js';
import type { EffectivePermissions } from '../core/effective-permissions.js';
import type { SessionLogger } from '../core/logger.js';
import type { JwkSet } from '../core/session-keys.js';
import type { SessionStore } from '../core/session-store.js';
import { GuardOptions } from './module-options.js';
import {
  IsApiTokenStore,
  IsFunction,
  IsKeySetUri,
  IsLogger,
  IsObject,
  IsOneOf,
  IsSeconds,
  IsSessionStore,
  IsText,
} from './option-checks.js';
import { IsOmittable } from './option-rule.js';

/** How a service verifies the tokens that another one issues. Times are seconds. */
export class JwksVerifierOptions extends GuardOptions {
  /** Where the issuer publishes its keys; https, or http on a loopback address. This or `jwks`. */
  @IsOmittable()
  @IsKeySetUri()
  readonly jwksUri?: string | URL;

  /** The keys themselves, where they are known beforehand. */
  @IsOmittable()
  @IsObject('a JWK Set')
  readonly jwks?: JwkSet;

  /** The issuer's option `issuer`: the `iss` of every token. */
  @IsText()
  readonly issuer!: string;

  /** The issuer's option `audience`: the `aud` of every token. */
  @IsText()
  readonly audience!: string;

  /** How long after its expiry an access token is still honoured, for clocks that disagree. Default: 2. */
  @IsOmittable()
  @IsSeconds(0, 60)
  readonly leeway?: number;

  /**
   * The issuer's store, where it is shared: a revocation then acts on the next request. Default: none, and a token
   * is valid until it expires.
   */
  @IsOmittable()
  @IsSessionStore()
  readonly store?: SessionStore;

  /**
   * Whether API tokens are accepted here. Without `apiTokenStore` a revoked one is, until it expires, which may be
   * years. Default: only with `apiTokenStore`.
   */
  @IsOmittable()
  @IsOneOf(true, false)
  readonly apiTokens?: boolean;

  /** The issuer's registry of API tokens, where it is shared. */
  @IsOmittable()
  @IsApiTokenStore()
  readonly apiTokenStore?: ApiTokenStore;

  /** How long fetched keys are used before they are fetched anew. Default: 300. */
  @IsOmittable()
  @IsSeconds(1)
  readonly refreshAfter?: number;

  /** How long after an attempt to fetch keys the next may follow, whatever tokens come. Default: 30. */
  @IsOmittable()
  @IsSeconds(1)
  readonly cooldown?: number;

  /** How long an attempt may take. Default: 3. */
  @IsOmittable()
  @IsSeconds(1, 60)
  readonly fetchTimeout?: number;

  /** Tells epoch milliseconds. Default: the store's clock, else the system's. */
  @IsOmittable()
  @IsFunction()
  readonly clock?: Clock;

  /** Default: Nest's `Logger`; the console without Nest. */
  @IsOmittable()
  @IsLogger()
  readonly logger?: SessionLogger;

  /** As for `SessionModule`: what the owner of an API token may do with a dataset now. Default: no such limit. */
  @IsOmittable()
  @IsFunction()
  readonly effectivePermissions?: EffectivePermissions;
}
