import { randomBytes } from 'node:crypto';
import type { Clock } from '../core/clock.js';
import { UnsupportedOperationError } from '../core/errors.js';
import { tokenTimes } from '../core/expiry.js';
import { consoleLogger, type SessionLogger } from '../core/logger.js';
import { POLICY_DEFAULTS, type SessionPolicy } from '../core/session-policy.js';
import { listedSession, sessionInfo, sessionTokens } from '../core/session-views.js';
import type { ListedSession, SessionInfo, SessionRecord, SessionTokens } from '../core/session.js';
import { formatJti } from '../core/token-codec.js';
import { TokenType } from '../core/token-type.js';
import { randomId } from './random-id.js';
import { SessionManager, type InvalidateAllOptions, type InvalidatedSession } from './session.manager.js';

const ADMIN = 'admin';

export interface NoAuthSessionManagerParts {
  /** Default: that of the strategy, an hour for each token. */
  readonly policy?: SessionPolicy;
  /** Default: the console. */
  readonly logger?: SessionLogger;
  /** Default: the system's clock. */
  readonly clock?: Clock;
}

/**
 * Everyone is `admin` (strategy `'no-auth'`), for tests and local work: any token and none at all open everything.
 *
 * There is one session, which cannot end; it keeps no store and signs nothing.
 */
export class NoAuthSessionManager extends SessionManager {
  readonly #token = randomBytes(32).toString('base64url');
  #record: SessionRecord;

  constructor({
    policy = POLICY_DEFAULTS['no-auth'],
    logger = consoleLogger,
    clock = Date.now,
  }: NoAuthSessionManagerParts = {}) {
    super({
      policy,
      logger,
      clock,
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

  /** The one token: 32 random bytes, the same for the life of this manager. */
  adminToken(): string {
    return this.#token;
  }

  override async createSession(_username?: unknown, _details?: unknown): Promise<SessionTokens> {
    return this.#renewed();
  }

  override async refreshSession(_token?: unknown): Promise<SessionTokens> {
    return this.#renewed();
  }

  override async validateSession(_token?: unknown, _options?: unknown): Promise<SessionInfo> {
    const record = this.#current();
    const { id, generation } = record;
    const jti = formatJti(id, TokenType.Access, generation);
    return sessionInfo(record, { type: TokenType.Access, id, generation, jti });
  }

  override async invalidateSession(_target?: unknown, _options?: unknown): Promise<InvalidatedSession> {
    return { invalidated: true, username: ADMIN };
  }

  override async invalidateAllSessions(
    username: string,
    { except }: InvalidateAllOptions = {},
  ): Promise<{ sessions: number; apiTokens: number }> {
    return { sessions: username === ADMIN && except !== this.#record.id ? 1 : 0, apiTokens: 0 };
  }

  override async cleanupExpiredSessions(): Promise<number> {
    return 0;
  }

  override async nActiveSessions(): Promise<number> {
    return 1;
  }

  override async sessionToken(username: string): Promise<string | null> {
    return username === ADMIN ? this.#token : null;
  }

  override async listSessions(username: string): Promise<ListedSession[]> {
    return username === ADMIN ? [listedSession(this.#current(), this.now())] : [];
  }

  override async close(): Promise<void> {}

  #renewed(): SessionTokens {
    const now = this.now();
    this.#record = { ...this.#record, ...tokenTimes(this.parts.policy, now) };
    return sessionTokens(this.#record, { accessToken: this.#token }, now, { reused: true });
  }

  /** The session as this access leaves it: its expiry moves only once it has passed. */
  #current(): SessionRecord {
    const times = tokenTimes(this.parts.policy, this.now());
    const expired = this.now() >= this.#record.expiresAt;
    this.#record = { ...this.#record, ...(expired ? times : { lastAccessed: times.lastAccessed }) };
    return this.#record;
  }
}

function nothingKept(): never {
  throw new UnsupportedOperationError('The no-auth strategy has no store and no codec');
}
