import type { ApiTokenStore } from '../core/api-token-store.js';
import type { JwtSigning, SecretKey } from '../core/session-keys.js';
import type { ExistingSession, OnRefreshReuse, SessionStrategy, UserLimit } from '../core/session-policy.js';
import type { OnLimit, OnUserLimit, SessionStore } from '../core/session-store.js';
import { ModuleOptions } from './module-options.js';
import {
  IsApiTokenStore,
  IsLimit,
  IsObject,
  IsOneOf,
  IsOnLimit,
  IsSeconds,
  IsSecretKey,
  IsSessionStore,
  IsText,
  IsUserLimit,
} from './option-checks.js';
import { allOf, IsOmittable } from './option-rule.js';
import { AmbientOptions, VerifyingOptions } from './shared-options.js';

/** What happens at each limit; a member left out stands for `'reject'`. */
export interface LimitActions {
  /** At `maxConcurrentSessions`. */
  readonly all?: OnLimit;
  /** At `maxSessionsPerUser`. */
  readonly user?: OnUserLimit;
}

/** What every strategy takes. */
class CommonOptions extends allOf(ModuleOptions, AmbientOptions) {
  /**
   * How long an access token lives, in seconds, from 1 to 315360000 (ten years); what is older is refused.
   * `session_timeout` of the specification. Default: 3600, under `jwt` 900.
   */
  @IsOmittable()
  @IsSeconds(1)
  readonly sessionTimeout?: number;
}

/** What every strategy with real sessions takes. */
class StoredOptions extends CommonOptions {
  /**
   * How long a session may go unused before it ends, refresh token and all, in seconds, from 1 to 315360000.
   * Default: none, and a session lives for as long as its other limits let it.
   */
  @IsOmittable()
  @IsSeconds(1)
  readonly idleTimeout?: number;

  /**
   * How long a session may live in all, in seconds, from 1 to 315360000: no refresh and no access reaches beyond.
   * Default: none, and a session may be refreshed for ever.
   */
  @IsOmittable()
  @IsSeconds(1)
  readonly absoluteTimeout?: number;

  /**
   * What a login does when its user has an active session: `'reuse'` hands out the oldest one's tokens again, so that
   * devices share it; `'new'` begins another. Default: `'reuse'`, under `jwt` `'new'`, since two devices must not share
   * one rotating refresh token.
   */
  @IsOmittable()
  @IsOneOf('reuse', 'new')
  readonly existingSession?: ExistingSession;

  /**
   * What a login does where no slot is free. `'reject'`: it is answered with `null`. `'evict-oldest'`: the session that
   * came first ends, of the user or of all; its id is in `evicted`, and its event says `'evicted'`. `'evict-idle'`: the
   * user's that was not used for longest ends; at the limit of all it rejects. `{ all, user }` tells it for each limit.
   * Default: `'reject'`.
   */
  @IsOmittable()
  @IsOnLimit()
  readonly onLimit?: OnUserLimit | LimitActions;

  /**
   * For how many seconds after a refresh, 0 to 60, the token just replaced is still honoured and gets the same
   * successor, so that two tabs or a retry do not log the user out. With 0 it is not: under `jwt`, two tabs that refresh
   * at once then end the session. Default: 0, under `jwt` 10.
   */
  @IsOmittable()
  @IsSeconds(0, 60)
  readonly refreshGrace?: number;

  /**
   * Signs tokens: at least 64 bytes, or a passphrase of at least 8 characters without white space at its ends (stretched
   * by Argon2id at boot: about 0.3 s and 100 MiB), or up to four of these, of which the first signs and all verify.
   * {@link SessionKeys} exchanges them while the application runs. Given as `undefined`, as a missing environment
   * variable is, it refuses to boot under `NODE_ENV=production`, unless `signing` is given (decision 23). `secret_key` of the
   * specification. Default: random bytes; without `signing` tokens then end with the process, which warns, and a shared
   * store refuses to boot.
   */
  @IsOmittable()
  @IsSecretKey()
  readonly secretKey?: SecretKey | readonly SecretKey[];

  /**
   * Salts a passphrase: 1 to 256 characters, the same for all replicas, or each refuses the tokens of the others.
   * Default: the `issuer`, under `token` and `single` `'plantdb-api'`.
   */
  @IsOmittable()
  @IsText()
  readonly secretSalt?: string;

  /**
   * Where sessions live: a {@link SessionStore}, yours too. One that several processes share has them share sessions and
   * limits. Default: a `MemorySessionStore`: this process's memory, and sessions end with it.
   */
  @IsOmittable()
  @IsSessionStore()
  readonly store?: SessionStore;

  /**
   * Whether the body of a 401 for a genuine token tells why it was refused: `expired`, `idle`, `revoked` or `evicted`,
   * and nothing that would help a thief. The log tells it always, and so does `error.reason`. Default: `false`.
   */
  @IsOmittable()
  @IsOneOf(true, false)
  readonly tellRefusalReason?: boolean;
}

/** What the strategies of opaque tokens take, which renew themselves. */
class SlidingOptions {
  /** Whether each access gives the token its full `sessionTimeout` again, up to `absoluteTimeout`. Default: `false`. */
  @IsOmittable()
  @IsOneOf(true, false)
  readonly sliding?: boolean;
}

/** What the strategies with more than one session take. */
class LimitOptions {
  /**
   * How many sessions may be active at once, over all users: a whole number from 1, or `Infinity` for no limit. `onLimit`
   * says what a login beyond does. Under `NODE_ENV=production` boot warns where neither this nor `maxSessionsPerUser` is
   * set. `max_concurrent_sessions` of the specification. Default: 10.
   */
  @IsOmittable()
  @IsLimit()
  readonly maxConcurrentSessions?: number;

  /**
   * How many of these may be one user's: a whole number from 1, `Infinity` for no limit, or a function that tells it for
   * each, `(username) => number`. `onLimit` says what a login beyond does. Default: `Infinity`.
   */
  @IsOmittable()
  @IsUserLimit()
  readonly maxSessionsPerUser?: UserLimit;
}

/** The options of opaque tokens: `SessionManager` of the specification. */
export class TokenSessionOptions extends allOf(StoredOptions, SlidingOptions, LimitOptions) {
  /** Tells the strategies apart. */
  @IsOneOf('token')
  readonly strategy!: 'token';
}

/** The options of one session at a time: `SingleSessionManager` of the specification. */
export class SingleSessionOptions extends allOf(StoredOptions, SlidingOptions) {
  /** Tells the strategies apart. */
  @IsOneOf('single')
  readonly strategy!: 'single';
}

/** The options of JSON Web Tokens: `JWTSessionManager` of the specification. */
export class JwtSessionOptions extends allOf(StoredOptions, LimitOptions, VerifyingOptions) {
  /** Tells the strategies apart. */
  @IsOneOf('jwt')
  readonly strategy!: 'jwt';

  /**
   * How long a refresh token lives, in seconds, from 1 to 315360000; each refresh brings a new one. `refresh_timeout` of
   * the specification. Default: 86400, a day.
   */
  @IsOmittable()
  @IsSeconds(1)
  readonly refreshTimeout?: number;

  /**
   * What follows when a refresh token is used a second time: `'revoke'` ends the session, since one of its two users
   * is a thief (RFC 9700 §4.14.2); `'reject'` only refuses the token, and a thief who came first stays in.
   * Default: `'revoke'`.
   */
  @IsOmittable()
  @IsOneOf('revoke', 'reject')
  readonly onRefreshReuse?: OnRefreshReuse;

  /**
   * Signs with a private key, `{ algorithm: 'EdDSA' | 'RS256', privateKey, publicKeys? }`, so that other services verify
   * tokens with the public one (`JwksController`, `JwksVerifierModule`; guide verifying-elsewhere). `secretKey` then
   * signs no JWT, and tokens outlive the process without it. Given as `undefined` and without `secretKey` it refuses to
   * boot under `NODE_ENV=production`. Default: HS512 with `secretKey`.
   */
  @IsOmittable()
  @IsObject('{ algorithm, privateKey, publicKeys? }')
  readonly signing?: JwtSigning;

  /**
   * The `iss` of every token, written and checked: 1 to 256 characters. Services that share a key and the issuer accept
   * each other's tokens. Default: `'plantdb-api'`, with a warning under `NODE_ENV=production`.
   */
  @IsOmittable()
  @IsText()
  readonly issuer?: string;

  /** The `aud` of every token, written and checked: 1 to 256 characters. Default: `'plantdb-client'`. */
  @IsOmittable()
  @IsText()
  readonly audience?: string;

  /**
   * The folder of `api_token.txt`, in which API tokens are registered. The file has to be ours, and only we may write it;
   * on Windows that is not checked, and whoever may write in the folder can register tokens. Unused with
   * `apiTokenStore`, and where neither `secretKey` nor `signing` is given, since no token would outlive the process.
   * `api_token_dir` of the specification. Default: the system's temporary folder, with a warning that a reboot may empty
   * it.
   */
  @IsOmittable()
  @IsText(4096)
  readonly apiTokenDir?: string;

  /**
   * Where API tokens are registered instead: an {@link ApiTokenStore}, yours too. Default: a {@link FileApiTokenStore} in
   * `apiTokenDir`; this process's memory where neither `secretKey` nor `signing` is given.
   */
  @IsOmittable()
  @IsApiTokenStore()
  readonly apiTokenStore?: ApiTokenStore;

  /**
   * Whether API tokens are handed out as `nsm_<jwt>_<checksum>`, which scanners for leaked secrets recognise, instead
   * of the bare JWT. Both forms are accepted always, so that switching it revokes nothing. Default: `false`.
   */
  @IsOmittable()
  @IsOneOf(true, false)
  readonly wrapApiTokens?: boolean;
}

/** The options of everyone being `admin`, for tests and local work: `NoAuthSessionManager` of the specification. */
export class NoAuthSessionOptions extends CommonOptions {
  /** Tells the strategies apart. */
  @IsOneOf('no-auth')
  readonly strategy!: 'no-auth';

  /**
   * Boots even under `NODE_ENV=production`, where everyone who finds the address is then an administrator.
   * Default: `false`.
   */
  @IsOmittable()
  @IsOneOf(true, false)
  readonly allowInProduction?: boolean;
}

/** The options of each strategy by its name. */
export interface OptionsByStrategy {
  /** Opaque tokens. */
  token: TokenSessionOptions;
  /** One session at a time. */
  single: SingleSessionOptions;
  /** JSON Web Tokens. */
  jwt: JwtSessionOptions;
  /** Everyone is `admin`. */
  'no-auth': NoAuthSessionOptions;
}

/** The name of an option, whichever strategy takes it. */
export type OptionName = { [S in SessionStrategy]: keyof OptionsByStrategy[S] }[SessionStrategy];

/** One strategy's options; those of another are a compile error. */
export type OptionsOf<S extends SessionStrategy> = S extends SessionStrategy
  ? OptionsByStrategy[S] & { readonly [K in Exclude<OptionName, keyof OptionsByStrategy[S]>]?: never }
  : never;

/** What `SessionModule.forRoot` and `createSessionManager` take, beside the bare name of a strategy. */
export type SessionOptions = OptionsOf<SessionStrategy>;
