import type { ApiTokenStore } from '../core/api-token-store.js';
import type { Clock } from '../util/clock.js';
import type { EffectivePermissions } from '../core/effective-permissions.js';
import type { SessionLogger } from '../core/logger.js';
import type { JwtSigning, SecretKey } from '../core/session-keys.js';
import type { ExistingSession, OnRefreshReuse, SessionStrategy, UserLimit } from '../core/session-policy.js';
import type { OnLimit, OnUserLimit, SessionStore } from '../core/session-store.js';
import { ModuleOptions } from './module-options.js';
import {
  IsApiTokenStore,
  IsFunction,
  IsLimit,
  IsLogger,
  IsObject,
  IsOneOf,
  IsOnLimit,
  IsSeconds,
  IsSecretKey,
  IsSessionStore,
  IsText,
  IsUserLimit,
} from './option-checks.js';
import { IsOmittable } from './option-rule.js';

/** What happens at each limit; a member left out stands for `'reject'`. */
export interface LimitActions {
  /** At `maxConcurrentSessions`. */
  readonly all?: OnLimit;
  /** At `maxSessionsPerUser`. */
  readonly user?: OnUserLimit;
}

/** What every strategy takes. Times are seconds. */
class CommonOptions extends ModuleOptions {
  /**
   * How long an access token lives, in seconds, from 1 to 315360000 (ten years). Default: 3600, under `jwt` 900.
   * `session_timeout` of the specification.
   */
  @IsOmittable()
  @IsSeconds(1)
  readonly sessionTimeout?: number;

  /** Tells epoch milliseconds. Default: the store's clock, else the system's. Tests inject theirs. */
  @IsOmittable()
  @IsFunction()
  readonly clock?: Clock;

  /** Where managers, guards and stores write. Default: Nest's `Logger`; the console without Nest. */
  @IsOmittable()
  @IsLogger()
  readonly logger?: SessionLogger;
}

/** What every strategy with real sessions takes. */
class StoredOptions extends CommonOptions {
  /**
   * What a login does when its user has an active session: hand out the oldest one's tokens again, or begin another.
   * Default: `'reuse'`, under `jwt` `'new'`, since two devices must not share one rotating refresh token.
   */
  @IsOmittable()
  @IsOneOf('reuse', 'new')
  readonly existingSession?: ExistingSession;

  /**
   * Signs tokens: at least 64 bytes, a passphrase of at least 8 characters without white space at its ends (stretched
   * by Argon2id at boot), or up to four of these, of which the first signs and all verify. Default: random, with a
   * warning: tokens then end with the process. Given as `undefined`, as a missing environment variable is, it refuses
   * to boot under `NODE_ENV=production`. `secret_key` of the specification.
   */
  @IsOmittable()
  @IsSecretKey()
  readonly secretKey?: SecretKey | readonly SecretKey[];

  /** Salts a passphrase; must be the same for all replicas. Default: the issuer. */
  @IsOmittable()
  @IsText()
  readonly secretSalt?: string;

  /**
   * How long a session may go unused before it ends, renewable or not. Default: for as long as it lives otherwise.
   */
  @IsOmittable()
  @IsSeconds(1)
  readonly idleTimeout?: number;

  /** How long a session may live in all: no refresh and no access moves its end beyond. Default: no such end. */
  @IsOmittable()
  @IsSeconds(1)
  readonly absoluteTimeout?: number;

  /**
   * What a login does where no slot is free: `'reject'` answers `null`; `'evict-oldest'` ends the session that came
   * first, of the user or of all; `'evict-idle'` ends the user's that was not used for longest, and rejects at the
   * limit of all. `{ all, user }` tells it for each limit. Default: `'reject'`.
   */
  @IsOmittable()
  @IsOnLimit()
  readonly onLimit?: OnUserLimit | LimitActions;

  /** Whether the body of a 401 tells why a genuine token was refused, as far as that is harmless. Default: `false`. */
  @IsOmittable()
  @IsOneOf(true, false)
  readonly tellRefusalReason?: boolean;

  /** Where sessions live. Default: this process's memory. */
  @IsOmittable()
  @IsSessionStore()
  readonly store?: SessionStore;

  /**
   * For how many seconds after a refresh, 0 to 60, the token just replaced is still honoured and gets the same
   * successor, so that two tabs or a retry do not log the user out; 0 for not at all. Default: 0, under `jwt` 10.
   */
  @IsOmittable()
  @IsSeconds(0, 60)
  readonly refreshGrace?: number;
}

/** The options of opaque tokens: `SessionManager` of the specification. */
export class TokenSessionOptions extends StoredOptions {
  /** Tells the strategies apart. */
  @IsOneOf('token')
  readonly strategy!: 'token';

  /** Whether each access gives the token its full `sessionTimeout` again, up to `absoluteTimeout`. Default: `false`. */
  @IsOmittable()
  @IsOneOf(true, false)
  readonly sliding?: boolean;

  /**
   * How many sessions may be active at once, over all users; `onLimit` says what a login beyond does. `Infinity` for
   * no limit. Default: 10, with a warning in production unless `maxSessionsPerUser` is set. `max_concurrent_sessions`
   * of the specification.
   */
  @IsOmittable()
  @IsLimit()
  readonly maxConcurrentSessions?: number;

  /** How many of them may be one user's; a number, or a function that tells it. Default: `Infinity`. */
  @IsOmittable()
  @IsUserLimit()
  readonly maxSessionsPerUser?: UserLimit;
}

/** The options of one session at a time: `SingleSessionManager` of the specification. */
export class SingleSessionOptions extends StoredOptions {
  /** Tells the strategies apart. */
  @IsOneOf('single')
  readonly strategy!: 'single';

  /** Whether each access gives the token its full `sessionTimeout` again, up to `absoluteTimeout`. Default: `false`. */
  @IsOmittable()
  @IsOneOf(true, false)
  readonly sliding?: boolean;
}

/** The options of JSON Web Tokens: `JWTSessionManager` of the specification. */
export class JwtSessionOptions extends StoredOptions {
  /** Tells the strategies apart. */
  @IsOneOf('jwt')
  readonly strategy!: 'jwt';

  /**
   * Signs with a private key, so that other services verify tokens with the public one (`JwksController`,
   * `JwksVerifierModule`); `secretKey` then signs no JWT. Default: HS512 with `secretKey`.
   */
  @IsOmittable()
  @IsObject('{ algorithm, privateKey, publicKeys? }')
  readonly signing?: JwtSigning;

  /**
   * How many sessions may be active at once, over all users; `onLimit` says what a login beyond does. `Infinity` for
   * no limit. Default: 10, with a warning in production unless `maxSessionsPerUser` is set. `max_concurrent_sessions`
   * of the specification.
   */
  @IsOmittable()
  @IsLimit()
  readonly maxConcurrentSessions?: number;

  /** How many of them may be one user's: a number, or a function that tells it for each. Default: `Infinity`. */
  @IsOmittable()
  @IsUserLimit()
  readonly maxSessionsPerUser?: UserLimit;

  /** How long a refresh token lives, in seconds. Default: 86400, a day. `refresh_timeout` of the specification. */
  @IsOmittable()
  @IsSeconds(1)
  readonly refreshTimeout?: number;

  /**
   * What follows when a refresh token is used a second time: `'revoke'` ends the session, since one of its two users
   * is a thief (RFC 9700 §4.14.2); `'reject'` only refuses it. Default: `'revoke'`.
   */
  @IsOmittable()
  @IsOneOf('revoke', 'reject')
  readonly onRefreshReuse?: OnRefreshReuse;

  /**
   * For how many seconds after its expiry, 0 to 60, an access or refresh token is still honoured, for clocks that
   * disagree. Default: 2. `leeway` of the specification.
   */
  @IsOmittable()
  @IsSeconds(0, 60)
  readonly leeway?: number;

  /** The `iss` of every token, checked on every token. Default: `'plantdb-api'`, with a warning in production. */
  @IsOmittable()
  @IsText()
  readonly issuer?: string;

  /** The `aud` of every token, checked on every token. Default: `'plantdb-client'`. */
  @IsOmittable()
  @IsText()
  readonly audience?: string;

  /**
   * The folder of `api_token.txt`, in which API tokens are registered. Unused without a `secretKey`, since no token
   * would outlive the process. Default: the system's temporary folder, with a warning that a reboot may empty it.
   * `api_token_dir` of the specification.
   */
  @IsOmittable()
  @IsText(4096)
  readonly apiTokenDir?: string;

  /** Where API tokens are registered. Default: a {@link FileApiTokenStore} in `apiTokenDir`. */
  @IsOmittable()
  @IsApiTokenStore()
  readonly apiTokenStore?: ApiTokenStore;

  /**
   * Whether API tokens are handed out as `nsm_<jwt>_<checksum>`, which scanners for leaked secrets recognise, instead
   * of the bare JWT. Either form is accepted, whatever this says. Default: `false`.
   */
  @IsOmittable()
  @IsOneOf(true, false)
  readonly wrapApiTokens?: boolean;

  /**
   * Tells what a user may do with a dataset now. With it an API token never exceeds its owner: `@RequireDataset()`
   * asks it on each request, `createApiToken` before it grants rights. If it fails, the answer is 503, never a pass.
   * Default: API tokens may do what is written in them.
   */
  @IsOmittable()
  @IsFunction()
  readonly effectivePermissions?: EffectivePermissions;
}

/** The options of everyone being `admin`, for tests and local work: `NoAuthSessionManager` of the specification. */
export class NoAuthSessionOptions extends CommonOptions {
  /** Tells the strategies apart. */
  @IsOneOf('no-auth')
  readonly strategy!: 'no-auth';

  /** Boots even under `NODE_ENV=production`. Default: `false`. */
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
