import type { ApiTokenStore } from '../core/api-token-store.js';
import type { Clock } from '../util/clock.js';
import type { CredentialWatch } from '../core/credential-watch.js';
import type { MaybePromise } from '../util/maybe-promise.js';
import { isRefusal } from '../core/error-brand.js';
import { SessionConfigurationError } from '../core/errors.js';
import type { SessionLogger } from '../core/logger.js';
import { managerTime, usableNow, type ManagerTime } from '../core/manager-time.js';
import type { SessionStore } from '../core/session-store.js';
import type { SessionValidator } from '../core/session-validator.js';
import { apiTokenInfo, vouchedInfo } from '../core/session-views.js';
import type { SessionInfo } from '../core/session.js';
import type { ApiTokenClaims, SessionClaims, TokenReader } from '../core/token-codec.js';
import { TokenType } from '../core/token-type.js';
import { admitApiToken, admitSession } from './admission.js';
import { AskedApiTokenStore, AskedSessionStore } from './asked-stores.js';
import { closeStores } from './close-stores.js';
import { checkTimes, checkType, readToken } from './read-token.js';
import { VouchedCredentials } from './vouched-credentials.js';

/** What a verifier is put together from; `createSessionVerifier` resolves it from options. */
export interface SessionVerifierParts {
  readonly reader: TokenReader;
  /** How long after its expiry an access token is still honoured, in seconds. */
  readonly leeway: number;
  /** Which types are accepted here. */
  readonly accept: readonly TokenType[];
  /** The issuer's store; without it a verifier does not hear of revocations. */
  readonly store?: SessionStore;
  readonly apiTokenStore?: ApiTokenStore;
  readonly clock?: Clock;
  /** As for a manager; for tests. */
  readonly monotonic?: Clock;
  readonly logger: SessionLogger;
}

const NO_PARTS =
  'SessionVerifier: a constructor takes resolved parts, not options; make it by createSessionVerifier({ jwksUri, issuer, ' +
  'audience }), or in Nest import JwksVerifierModule.forRoot({ jwksUri, issuer, audience }) and inject it';

/**
 * Validates tokens that another service issued. It has that service's public keys only, so it cannot sign any.
 *
 * Without the issuer's store it does not hear of logouts: a token is valid until it expires. With the store it asks on
 * each validation, and a session that was ended is refused from the next request on.
 */
export class SessionVerifier implements SessionValidator {
  readonly #parts: SessionVerifierParts;
  readonly #time: ManagerTime;
  readonly #sessions?: AskedSessionStore;
  readonly #apiTokens?: AskedApiTokenStore;
  #closing: Promise<void> | undefined;

  /** @internal `createSessionVerifier` puts the parts together, once it has checked the options. */
  constructor(parts: SessionVerifierParts) {
    if (parts?.reader === undefined) throw new SessionConfigurationError(NO_PARTS);
    this.#parts = parts;
    const { store, apiTokenStore, logger } = parts;
    if (store !== undefined) this.#sessions = new AskedSessionStore({ store, logger });
    if (apiTokenStore !== undefined) this.#apiTokens = new AskedApiTokenStore(apiTokenStore, logger);
    this.#time = managerTime({ clock: parts.clock ?? store?.clock, monotonic: parts.monotonic });
  }

  /**
   * What a token says, if it is valid now. A type that this verifier was not told to accept is refused even where
   * `accept` names it; a refresh token always is.
   *
   * @throws SessionValidationError for anything that is not valid; SigningKeysUnavailableError if the issuer's keys
   * and SessionStoreUnavailableError if its store cannot be had.
   */
  async validateSession(
    token: string | undefined,
    {
      accept = this.#parts.accept,
      fresh,
    }: { readonly accept?: readonly TokenType[]; readonly fresh?: boolean } = {},
  ): Promise<SessionInfo> {
    const { reader } = this.#parts;
    const preparing = typeof token === 'string' ? reader.prepare(token) : undefined;
    if (preparing !== undefined) await preparing;
    const claims = readToken(reader, token);
    checkType(claims, this.#parts.accept);
    checkType(claims, accept);
    const now = usableNow(this.#time);
    checkTimes(claims, now, this.#parts);
    return claims.type === TokenType.Api ? this.#admitApiToken(claims, now) : this.#admit(claims, now, fresh);
  }

  /** Whose token it is, or `null` if it is not valid. */
  async sessionUsername(token: string | undefined): Promise<string | null> {
    try {
      return (await this.validateSession(token)).username;
    } catch (error) {
      if (isRefusal(error)) return null;
      throw error;
    }
  }

  /**
   * Lets go of the stores; done once, however often it is called. One that has not closed within ten seconds is named in
   * the log, and not waited for. The module calls it at shutdown; who called `createSessionVerifier` calls it there.
   *
   * @throws SessionStoreUnavailableError if a store cannot close; the other is closed all the same.
   */
  async close(): Promise<void> {
    const { store, apiTokenStore, logger } = this.#parts;
    this.#closing ??= closeStores({ 'session store': store, 'store of API tokens': apiTokenStore }, logger);
    await this.#closing;
  }

  /** @internal What lasts ends with the token that opened it: nobody tells a verifier of anything before. */
  watch(): CredentialWatch {
    return new VouchedCredentials(() => usableNow(this.#time));
  }

  #admit(claims: SessionClaims, now: number, fresh: boolean | undefined): MaybePromise<SessionInfo> {
    if (this.#sessions === undefined) return vouchedInfo(claims, now);
    return admitSession(this.#sessions, claims, now, this.#time, fresh);
  }

  #admitApiToken(claims: ApiTokenClaims, now: number): MaybePromise<SessionInfo> {
    if (this.#apiTokens === undefined) return apiTokenInfo(claims, claims.times, now);
    return admitApiToken(this.#apiTokens, claims, now);
  }
}
