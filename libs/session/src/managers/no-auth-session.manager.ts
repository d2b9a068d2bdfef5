import { randomBytes } from 'node:crypto';
import { monotonicClock, systemClock, type Clock } from '../util/clock.js';
import { UnsupportedOperationError } from '../core/errors.js';
import type { CredentialStanding, CredentialWatch } from '../core/credential-watch.js';
import { isActive, tokenTimes } from '../core/expiry.js';
import { consoleLogger, harmless, type SessionLogger } from '../core/logger.js';
import { POLICY_DEFAULTS, type SessionPolicy } from '../core/session-policy.js';
import { listedSession, sessionInfo, sessionTokens } from '../core/session-views.js';
import type { ListedSession, SessionRecord, SessionTokenInfo, SessionTokens } from '../core/session.js';
import { formatJti } from '../core/token-codec.js';
import { TokenType } from '../core/token-type.js';
import { detailChangesIn, extentIn, noSuchPage, ownerIn, pageIn, wholeExtentIn } from './given-options.js';
import type {
  BrowsedSessions,
  BrowseOptions,
  InvalidateAllOptions,
  InvalidatedCounts,
  InvalidatedSession,
  InvalidateEveryOptions,
  InvalidateOptions,
  SessionChanges,
} from './manager-types.js';
import { randomId } from './random-id.js';
import { SessionManager } from './session.manager.js';
import { VouchedCredentials } from './vouched-credentials.js';

const ADMIN = 'admin';

/** What a {@link NoAuthSessionManager} may be given; nothing is needed. */
export interface NoAuthSessionManagerParts {
  /** Of these only the time-outs count. Default: those of the strategy, 3600 seconds for each token. */
  readonly policy?: SessionPolicy;
  /** Default: the console. */
  readonly logger?: SessionLogger;
  /** Default: the system's clock. */
  readonly clock?: Clock;
}

/**
 * Everyone is `admin` (strategy `'no-auth'`), for tests and local work: any token is valid, and so is none at all.
 *
 * There is one session, which cannot end; it keeps no store and signs nothing. `new NoAuthSessionManager()` stands in
 * for any manager in a test. `NoAuthSessionManager` of the specification.
 */
export class NoAuthSessionManager extends SessionManager {
  readonly #token = randomBytes(32).toString('base64url');
  #record: SessionRecord;

  /** @param parts the time-outs, the logger and the clock; each has a default. */
  constructor({
    policy = POLICY_DEFAULTS['no-auth'],
    logger = consoleLogger,
    clock,
  }: NoAuthSessionManagerParts = {}) {
    super({
      policy,
      logger: harmless(logger),
      clock: clock ?? systemClock,
      monotonic: clock === undefined ? monotonicClock : undefined,
      get codec() {
        return nothingKept();
      },
      get store() {
        return nothingKept();
      },
    });
    const now = this.now();
    const times = tokenTimes(policy, now);
    this.#record = { id: randomId(), username: ADMIN, generation: 0, createdAt: times.issuedAt, ...times };
  }

  /** The one token: 32 random bytes, the same for the life of this manager. `admin_token` of the specification. */
  adminToken(): string {
    return this.#token;
  }

  /** The one token with a fresh expiry, whoever asks; `reused` is `true`. */
  override async createSession(
    _username?: unknown,
    _details?: unknown,
    _authentication?: unknown,
  ): Promise<SessionTokens> {
    return this.#renewed();
  }

  /** The one token with a fresh expiry, whatever is exchanged for it. */
  override async refreshSession(_token?: unknown): Promise<SessionTokens> {
    return this.#renewed();
  }

  /** `admin`'s session, whatever the token and whatever `accept` says. */
  override async validateSession(_token?: unknown, _options?: unknown): Promise<SessionTokenInfo> {
    const record = this.#current();
    const { id, generation } = record;
    const jti = formatJti(id, TokenType.Access, generation);
    return sessionInfo(record, { type: TokenType.Access, id, generation, jti });
  }

  /** Says that `admin`'s session ended, and changes nothing. */
  override async invalidateSession(_target?: unknown, _options?: unknown): Promise<InvalidatedSession> {
    return { invalidated: true, username: ADMIN };
  }

  /**
   * Counts the one session as `admin`'s, unless it is excepted, and changes nothing.
   *
   * @param username whose.
   * @param options what to spare; checked as under every strategy.
   */
  override async invalidateAllSessions(
    username: string,
    options: InvalidateAllOptions = {},
  ): Promise<InvalidatedCounts> {
    const { except } = extentIn(options);
    return { sessions: username === ADMIN && except !== this.#record.id ? 1 : 0, apiTokens: 0 };
  }

  /**
   * Counts the one session, unless it is excepted, and changes nothing.
   *
   * @param options what to spare; checked as under every strategy.
   */
  override async invalidateEverySession(options: InvalidateEveryOptions = {}): Promise<InvalidatedCounts> {
    const { except } = wholeExtentIn(options);
    return { sessions: except === this.#record.id ? 0 : 1, apiTokens: 0 };
  }

  /**
   * Says whether it is the one session that was meant, and changes nothing.
   *
   * @param changes checked as under every strategy.
   */
  override async updateSession(
    target: { readonly sessionId: string },
    changes: SessionChanges,
    options: InvalidateOptions = {},
  ): Promise<boolean> {
    detailChangesIn(changes);
    const owner = ownerIn(options);
    const isAdmins = owner !== undefined && (owner.username ?? ADMIN) === ADMIN;
    return isAdmins && (target as typeof target | undefined)?.sessionId === this.#record.id;
  }

  /** The one session, on one page. */
  override async browseSessions(options: BrowseOptions = {}): Promise<BrowsedSessions> {
    if (pageIn(options).after !== undefined) throw noSuchPage();
    return { sessions: [{ ...listedSession(this.#current(), this.now()), username: ADMIN }] };
  }

  /** Frees nothing: always 0. */
  override async cleanupExpiredSessions(): Promise<number> {
    return 0;
  }

  /** Always 1. */
  override async nActiveSessions(): Promise<number> {
    return 1;
  }

  /** The one token for `admin`, `null` for everyone else. */
  override async sessionToken(username: string): Promise<string | null> {
    return username === ADMIN ? this.#token : null;
  }

  /** The one session for `admin`, none for everyone else. */
  override async listSessions(username: string): Promise<ListedSession[]> {
    return username === ADMIN ? [listedSession(this.#current(), this.now())] : [];
  }

  /** The one session by its id, `null` for every other. */
  override async findSession(sessionId: string): Promise<ListedSession | null> {
    return sessionId === this.#record.id ? listedSession(this.#current(), this.now()) : null;
  }

  /** Nothing is kept that could outlive its time. */
  protected override takeCorrection(): void {}

  /** There is nothing to let go of. */
  override async close(): Promise<void> {}

  /** @internal The one session, which goes on for whoever asks. */
  override watch(): CredentialWatch {
    const current = () => this.validateSession();
    return new (class extends VouchedCredentials {
      override async look(): Promise<CredentialStanding> {
        const session = await current();
        return { session, until: session.expiresAt.getTime() };
      }
    })(() => this.now());
  }

  #renewed(): SessionTokens {
    const now = this.now();
    this.#record = { ...this.#record, ...tokenTimes(this.parts.policy, now) };
    return sessionTokens(this.#record, { accessToken: this.#token }, now, { reused: true });
  }

  /** The session as this access leaves it: its expiry moves only once it has passed, or was dated by a wrong clock. */
  #current(): SessionRecord {
    const now = this.now();
    const times = tokenTimes(this.parts.policy, now);
    const isCurrent = isActive(this.#record, now);
    this.#record = { ...this.#record, ...(isCurrent ? { lastAccessed: times.lastAccessed } : times) };
    return this.#record;
  }
}

function nothingKept(): never {
  throw new UnsupportedOperationError('The no-auth strategy has no store and no codec');
}
