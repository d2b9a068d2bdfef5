import { IsOptional } from 'class-validator';
import type { ApiTokenStore } from '../core/api-token-store.js';
import type { Clock } from '../core/clock.js';
import type { SessionLogger } from '../core/logger.js';
import type { JwtSigning, SecretKey } from '../core/session-keys.js';
import type { ExistingSession, SessionStrategy } from '../core/session-policy.js';
import type { SessionStore } from '../core/session-store.js';
import type { SessionInfo } from '../core/session.js';
import {
  IsApiTokenStore,
  IsCleanup,
  IsFunction,
  IsLimit,
  IsLogger,
  IsObject,
  IsOneOf,
  IsSeconds,
  IsSecretKey,
  IsSessionStore,
  IsText,
} from './option-checks.js';

/** When the clean-up runs. */
export interface CleanupSchedule {
  /** A cron expression with or without seconds. Default: `'0 * * * * *'`, every minute. */
  readonly cron?: string;
  /** An IANA time zone. Default: the machine's. */
  readonly timeZone?: string;
}

/** What every strategy takes. Times are seconds. */
class CommonOptions {
  /** How long an access token lives. Default: 3600, under `jwt` 900. */
  @IsOptional()
  @IsSeconds(1)
  readonly sessionTimeout?: number;

  /** Tells epoch milliseconds. Default: the store's clock, else the system's. Tests inject theirs. */
  @IsOptional()
  @IsFunction()
  readonly clock?: Clock;

  /** Default: Nest's `Logger`; the console without Nest. */
  @IsOptional()
  @IsLogger()
  readonly logger?: SessionLogger;

  /** When expired sessions are freed, or `false` for never. No answer depends on it. Default: every minute. */
  @IsOptional()
  @IsCleanup()
  readonly cleanup?: CleanupSchedule | false;

  /**
   * Finds what `@CurrentUser()` gives, once per guarded request; `null` refuses it (401).
   * Default: the session's own `SessionInfo`.
   */
  @IsOptional()
  @IsFunction()
  readonly resolveUser?: (session: SessionInfo) => unknown;

  /** Whether other modules inject the manager and the guards without importing `SessionModule`. Default: `true`. */
  @IsOptional()
  @IsOneOf(true, false)
  readonly isGlobal?: boolean;
}

/** What every strategy with real sessions takes. */
class StoredOptions extends CommonOptions {
  /**
   * What a login does when its user has an active session: hand out the oldest one's tokens again, or begin another.
   * Default: `'reuse'`, under `jwt` `'new'`, since two devices must not share one rotating refresh token.
   */
  @IsOptional()
  @IsOneOf('reuse', 'new')
  readonly existingSession?: ExistingSession;

  /**
   * Signs tokens: at least 64 bytes, a passphrase (stretched by Argon2id at boot), or up to four of these, of which
   * the first signs and all verify. Default: random, with a warning: tokens then end with the process.
   */
  @IsOptional()
  @IsSecretKey()
  readonly secretKey?: SecretKey | readonly SecretKey[];

  /** Salts a passphrase; must be the same for all replicas. Default: the issuer. */
  @IsOptional()
  @IsText()
  readonly secretSalt?: string;

  /** Where sessions live. Default: this process's memory. */
  @IsOptional()
  @IsSessionStore()
  readonly store?: SessionStore;

  /**
   * For how long after a refresh the token just replaced is still honoured and gets the same successor, so that two
   * tabs or a retry do not log the user out; 0 for not at all. Default: 0, under `jwt` 10.
   */
  @IsOptional()
  @IsSeconds(0, 60)
  readonly refreshGrace?: number;
}

/** Opaque tokens. */
export class TokenSessionOptions extends StoredOptions {
  @IsOneOf('token')
  readonly strategy!: 'token';

  /** How many sessions may be active at once, over all users; a login beyond gets `null`. Default: 10. */
  @IsOptional()
  @IsLimit()
  readonly maxConcurrentSessions?: number;
}

/** One session at a time. */
export class SingleSessionOptions extends StoredOptions {
  @IsOneOf('single')
  readonly strategy!: 'single';
}

/** JSON Web Tokens. */
export class JwtSessionOptions extends StoredOptions {
  @IsOneOf('jwt')
  readonly strategy!: 'jwt';

  /**
   * Signs with a private key, so that other services verify tokens with the public one (`JwksController`,
   * `JwksVerifierModule`); `secretKey` then signs no JWT. Default: HS512 with `secretKey`.
   */
  @IsOptional()
  @IsObject('{ algorithm, privateKey, publicKeys? }')
  readonly signing?: JwtSigning;

  /** How many sessions may be active at once, over all users; a login beyond gets `null`. Default: 10. */
  @IsOptional()
  @IsLimit()
  readonly maxConcurrentSessions?: number;

  /** How long a refresh token lives. Default: 86400, a day. */
  @IsOptional()
  @IsSeconds(1)
  readonly refreshTimeout?: number;

  /** How long after its expiry an access or refresh token is still honoured, for clocks that disagree. Default: 2. */
  @IsOptional()
  @IsSeconds(0, 60)
  readonly leeway?: number;

  /** The `iss` of every token, checked on every token. Default: `'plantdb-api'`. */
  @IsOptional()
  @IsText()
  readonly issuer?: string;

  /** The `aud` of every token, checked on every token. Default: `'plantdb-client'`. */
  @IsOptional()
  @IsText()
  readonly audience?: string;

  /**
   * The folder of `api_token.txt`, in which API tokens are registered. Unused without a `secretKey`, since no token
   * would outlive the process. Default: the system's temporary folder, with a warning that a reboot may empty it.
   */
  @IsOptional()
  @IsText(4096)
  readonly apiTokenDir?: string;

  /** Where API tokens are registered instead of that file. */
  @IsOptional()
  @IsApiTokenStore()
  readonly apiTokenStore?: ApiTokenStore;
}

/** Everyone is `admin`: for tests and local work. */
export class NoAuthSessionOptions extends CommonOptions {
  @IsOneOf('no-auth')
  readonly strategy!: 'no-auth';

  /** Boots even under `NODE_ENV=production`. Default: `false`. */
  @IsOptional()
  @IsOneOf(true, false)
  readonly allowInProduction?: boolean;
}

/** The options of each strategy by its name. */
interface OptionsByStrategy {
  token: TokenSessionOptions;
  single: SingleSessionOptions;
  jwt: JwtSessionOptions;
  'no-auth': NoAuthSessionOptions;
}

type AnyOption = { [S in SessionStrategy]: keyof OptionsByStrategy[S] }[SessionStrategy];

/** One strategy's options; those of another are a compile error. */
export type OptionsOf<S extends SessionStrategy> = S extends SessionStrategy
  ? OptionsByStrategy[S] & { readonly [K in Exclude<AnyOption, keyof OptionsByStrategy[S]>]?: never }
  : never;

/** What `SessionModule.forRoot` and `createSessionManager` take, beside the bare name of a strategy. */
export type SessionOptions = OptionsOf<SessionStrategy>;
