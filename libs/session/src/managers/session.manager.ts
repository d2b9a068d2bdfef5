import type { ApiTokenOptions, CreatedApiToken, ListedApiToken } from '../core/api-token.js';
import { neverBackwards, type Clock } from '../core/clock.js';
import {
  AccessTokenNotFoundError,
  InvalidTokenError,
  RefreshTokenNotFoundError,
  RefreshTokenReuseError,
  SessionValidationError,
  UnsupportedOperationError,
} from '../core/errors.js';
import { SessionEventBus, type SessionEvents } from '../core/events.js';
import { graceUntil, honours, isActive, tokenTimes } from '../core/expiry.js';
import type { SessionLogger } from '../core/logger.js';
import { NoSessionKeys, type SessionKeys } from '../core/session-keys.js';
import type { SessionPolicy } from '../core/session-policy.js';
import type { RevokeReason, SessionStore } from '../core/session-store.js';
import type { SessionValidator } from '../core/session-validator.js';
import { agrees, listedSession, sessionInfo, sessionTokens } from '../core/session-views.js';
import {
  checkDetails,
  checkUsername,
  isUsername,
  MAX_GENERATION,
  type ListedSession,
  type SessionDetails,
  type SessionInfo,
  type SessionRecord,
  type SessionTokens,
} from '../core/session.js';
import { parseJti, type ApiTokenClaims, type SessionClaims, type TokenCodec } from '../core/token-codec.js';
import { TokenType } from '../core/token-type.js';
import { askStore, sweepAll } from './ask-store.js';
import { randomId } from './random-id.js';
import { checkTimes, checkType, namedSession, readToken, readTokenIfGood } from './read-token.js';

/** What a manager is put together from; `createSessionManager` resolves it from options. */
export interface SessionManagerParts {
  readonly codec: TokenCodec;
  /** Default: none that could be rotated. */
  readonly keys?: SessionKeys;
  readonly store: SessionStore;
  readonly policy: SessionPolicy;
  readonly logger: SessionLogger;
  /** Default: the store's clock, else the system's. */
  readonly clock?: Clock;
}

/** Names the session that is to end: by any of its tokens, by the `jti` of one, or by its id. */
export type SessionTarget = string | { readonly jti: string } | { readonly sessionId: string };

/** What came of it: whose session ended, or that none did. */
export type InvalidatedSession =
  | { readonly invalidated: true; readonly username: string }
  | { readonly invalidated: false; readonly username: null };

const NONE_INVALIDATED: InvalidatedSession = Object.freeze({ invalidated: false, username: null });
const ACCEPTED_BY_DEFAULT: readonly TokenType[] = [TokenType.Access, TokenType.Api];

/**
 * Sessions with opaque tokens (strategy `'token'`), the base of every other strategy and the injection token of all.
 *
 * A manager is a policy over one token codec and one session store. Every method rejects with
 * `SessionStoreUnavailableError` if the store cannot answer.
 */
export class SessionManager implements SessionValidator {
  /** What happens to sessions, as it happens. */
  readonly events: SessionEvents;
  /** Exchanges the keys that sign and verify, while the application runs. */
  readonly keys: SessionKeys;
  protected readonly parts: SessionManagerParts;
  protected readonly bus: SessionEventBus;
  /** The only source of `now`: epoch milliseconds, never backwards. */
  protected readonly now: Clock;

  constructor(parts: SessionManagerParts) {
    this.parts = parts;
    this.keys = parts.keys ?? new NoSessionKeys();
    this.now = neverBackwards(parts.clock ?? parts.store.clock ?? Date.now);
    this.events = this.bus = new SessionEventBus(parts.logger);
  }

  /**
   * Logs a user in, whose password (or whatever it takes) the application has checked.
   *
   * @param details flat strings that help the user to recognise the session in a list; 2 KiB in all.
   * @returns the tokens, or `null` if as many sessions are active as may be.
   * @throws InvalidInputError for a username or details that cannot be kept.
   */
  async createSession(username: string, details?: SessionDetails): Promise<SessionTokens | null> {
    const now = this.now();
    const record = this.#newRecord(checkUsername(username), checkDetails(details), now);
    const { store, policy } = this.parts;
    const rules = { max: policy.maxConcurrentSessions, reuseExisting: policy.existingSession === 'reuse' };
    const result = await askStore(() => store.create(record, rules, now));
    switch (result.outcome) {
      case 'limit-reached':
        return this.#refuseAtLimit(username, now);
      case 'existing':
        return this.#tokensOf(result.record, now, { reused: true });
      case 'created':
        this.bus.emit({ type: 'created', at: now, username, sessionId: record.id });
        return this.#tokensOf(record, now, { evicted: result.evicted });
    }
  }

  /**
   * What a token says, if it opens anything now. Notes the access; never moves the expiry.
   *
   * @param options.accept the token types to accept; access and api by default. A refresh token is no credential:
   * it must be asked for, and is then looked at without leaving a trace.
   * @throws SessionValidationError for anything that does not open: one contract under every strategy.
   */
  async validateSession(
    token: string | undefined,
    { accept = ACCEPTED_BY_DEFAULT }: { readonly accept?: readonly TokenType[] } = {},
  ): Promise<SessionInfo> {
    const { codec, store, policy } = this.parts;
    const claims = readToken(codec, token);
    checkType(claims, accept);
    const now = this.now();
    checkTimes(claims, now, policy);
    if (claims.type === TokenType.Api) return this.admitApiToken(claims, now);
    const record = await askStore(() =>
      claims.type === TokenType.Access
        ? store.access(claims.id, claims.generation, now)
        : store.find(claims.id, now),
    );
    if (record === undefined || !honours(record, claims.generation, now)) throw notThere(claims);
    checkAgreement(record, claims);
    return sessionInfo(record, claims);
  }

  /**
   * Exchanges a token for its successor in one indivisible step: the refresh token where the strategy has one,
   * else the access token itself. The successor gets the full time-outs again.
   *
   * Within `refreshGrace` the immediate predecessor gets the same successor once more. An older refresh token is
   * a copy in wrong hands, and ends the session.
   *
   * @returns the successor, or `null` if the access had lapsed and no slot is free: the token is still good then.
   * @throws RefreshTokenNotFoundError if the session is gone, RefreshTokenReuseError if the token was used before,
   * SessionExpiredError, WrongTokenTypeError, InvalidTokenError, MissingTokenError: all SessionValidationErrors.
   */
  async refreshSession(token: string | undefined): Promise<SessionTokens | null> {
    const { codec, store, policy } = this.parts;
    const claims = readToken(codec, token);
    checkType(claims, [this.#renewalType]);
    const now = this.now();
    checkTimes(claims, now, policy);
    const found = await askStore(() => store.find(claims.id, now));
    if (found === undefined || claims.generation >= MAX_GENERATION) throw notRenewable(claims);
    checkAgreement(found, claims);
    const next = { ...tokenTimes(policy, now), previousUntil: graceUntil(policy, found, now) };
    const rules = { max: policy.maxConcurrentSessions };
    const attempt = randomId();
    const result = await askStore(() =>
      store.rotate(claims.id, claims.generation, attempt, next, rules, now),
    );
    switch (result.outcome) {
      case 'gone':
        throw notRenewable(claims);
      case 'stale':
        if (honours(result.record, claims.generation, now)) return this.#tokensOf(result.record, now);
        return this.#refuseOlder(claims, result.record, now);
      case 'limit-reached':
        return this.#refuseAtLimit(found.username, now, found.id);
      case 'rotated':
        this.bus.emit({ type: 'refreshed', at: now, username: found.username, sessionId: found.id });
        return this.#tokensOf(result.record, now, { evicted: result.evicted });
    }
  }

  /**
   * Ends a session. Any genuine token of it will do, an expired or an older one too (RFC 7009 §2.1).
   *
   * @param options.username ends it only if it is this user's.
   * @returns whose session ended, if one did; bad input is answered, never thrown.
   */
  async invalidateSession(
    target: SessionTarget | undefined,
    { username }: { readonly username?: string } = {},
  ): Promise<InvalidatedSession> {
    const id = this.#idOf(target);
    if (id === undefined) return NONE_INVALIDATED;
    const now = this.now();
    if (username !== undefined) {
      const record = await askStore(() => this.parts.store.find(id, now));
      if (record?.username !== username) return NONE_INVALIDATED;
    }
    const ended = await this.#end(id, typeof target === 'string' ? 'logout' : 'revoked', now);
    return ended ? { invalidated: true, username: ended.username } : NONE_INVALIDATED;
  }

  /**
   * Ends all of a user's sessions and, unless one is excepted, the API tokens.
   *
   * @param options.except the id of a session to keep: "log out my other devices".
   * @param options.apiTokens whether API tokens end too; by default `true` without `except` and `false` with it.
   * @returns how many of each ended.
   */
  async invalidateAllSessions(
    username: string,
    { except, apiTokens = except === undefined }: InvalidateAllOptions = {},
  ): Promise<{ sessions: number; apiTokens: number }> {
    if (!isUsername(username)) return { sessions: 0, apiTokens: 0 };
    const now = this.now();
    const ids = await askStore(() => this.parts.store.revokeByUser(username, { except }, now));
    for (const sessionId of ids) {
      this.bus.emit({ type: 'ended', at: now, username, sessionId, reason: 'revoked' });
    }
    return { sessions: ids.length, apiTokens: apiTokens ? await this.endApiTokens(username, now) : 0 };
  }

  /**
   * Frees what has expired, in slices that let requests in between. Nothing ever depends on it having run.
   *
   * @returns how many sessions went.
   */
  async cleanupExpiredSessions(): Promise<number> {
    return sweepAll(this.parts.store, this.now());
  }

  /** How many sessions are active. */
  async nActiveSessions(): Promise<number> {
    const now = this.now();
    return askStore(() => this.parts.store.count(now));
  }

  /** Whether any session is active. */
  async hasLoggedUser(): Promise<boolean> {
    return (await this.nActiveSessions()) > 0;
  }

  /** Whose token it is, or `null` if it opens nothing. */
  async sessionUsername(token: string | undefined): Promise<string | null> {
    try {
      return (await this.validateSession(token)).username;
    } catch (error) {
      if (error instanceof SessionValidationError) return null;
      throw error;
    }
  }

  /**
   * A user's oldest active session: its token (`token`, `single`) or the `jti` of its access token (`jwt`),
   * or `null` if there is none.
   */
  async sessionToken(username: string): Promise<string | null> {
    const now = this.now();
    const record = (await this.#sessionsOf(username, now)).find((session) => isActive(session, now));
    return record ? this.handleOf(record) : null;
  }

  /** A user's sessions, the oldest first; those included that only a refresh would revive. */
  async listSessions(username: string): Promise<ListedSession[]> {
    const now = this.now();
    return (await this.#sessionsOf(username, now)).map((record) => listedSession(record, now));
  }

  /** @throws UnsupportedOperationError except under `jwt`. */
  createApiToken(_username: string, _options?: ApiTokenOptions): Promise<CreatedApiToken> {
    return noApiTokens();
  }

  /** @throws UnsupportedOperationError except under `jwt`. */
  invalidateApiToken(
    _target: string | { readonly jti: string },
    _options?: { readonly username?: string },
  ): Promise<boolean> {
    return noApiTokens();
  }

  /** @throws UnsupportedOperationError except under `jwt`. */
  listApiTokens(_username: string): Promise<ListedApiToken[]> {
    return noApiTokens();
  }

  /** Lets go of the stores. The module calls it at shutdown; who called `createSessionManager` calls it there. */
  async close(): Promise<void> {
    await askStore(() => this.parts.store.close());
  }

  /** What {@link sessionToken} answers for a session. */
  protected handleOf(record: SessionRecord): string {
    return this.parts.codec.issue(record).accessToken;
  }

  /** What a genuine, unexpired API token says, if its record is there. */
  protected async admitApiToken(claims: ApiTokenClaims, _now: number): Promise<SessionInfo> {
    throw notThere(claims);
  }

  /** Ends a user's API tokens and answers how many ended. */
  protected async endApiTokens(_username: string, _now: number): Promise<number> {
    return 0;
  }

  /** The type of token that a refresh takes. */
  get #renewalType(): SessionClaims['type'] {
    return this.parts.policy.refreshTimeout === undefined ? TokenType.Access : TokenType.Refresh;
  }

  #newRecord(username: string, details: SessionDetails | undefined, now: number): SessionRecord {
    const times = tokenTimes(this.parts.policy, now);
    return {
      id: randomId(),
      username,
      generation: 0,
      createdAt: times.issuedAt,
      ...times,
      ...(details && { details }),
    };
  }

  #tokensOf(
    record: SessionRecord,
    now: number,
    how: Partial<Pick<SessionTokens, 'reused' | 'evicted'>> = {},
  ): SessionTokens {
    return sessionTokens(record, this.parts.codec.issue(record), now, how);
  }

  #refuseAtLimit(username: string, now: number, sessionId?: string): null {
    this.parts.logger.warn(
      `Reached max concurrent sessions limit (${this.parts.policy.maxConcurrentSessions})`,
    );
    this.bus.emit({ type: 'limit', at: now, username, ...(sessionId !== undefined && { sessionId }) });
    return null;
  }

  /**
   * A refresh token older than the grace window was used before: one of its two users is a thief, and nobody can
   * tell which (RFC 9700 §4.14.2). An opaque token may have been given to several devices, and is only refused.
   */
  async #refuseOlder(claims: SessionClaims, record: SessionRecord, now: number): Promise<never> {
    if (claims.type === TokenType.Access) throw notRenewable(claims);
    this.bus.emit({ type: 'reuse', at: now, username: record.username, sessionId: record.id });
    this.parts.logger.warn(`A refresh token was used again: session ${record.id} ends`);
    await this.#end(record.id, 'reuse', now);
    throw new RefreshTokenReuseError('The refresh token was used before', namedSession(claims));
  }

  async #end(id: string, reason: RevokeReason, now: number): Promise<SessionRecord | undefined> {
    const ended = await askStore(() => this.parts.store.revoke(id, reason, now));
    if (ended) this.bus.emit({ type: 'ended', at: now, username: ended.username, sessionId: id, reason });
    return ended;
  }

  #idOf(target: SessionTarget | undefined): string | undefined {
    if (typeof target === 'string') {
      const claims = readTokenIfGood(this.parts.codec, target);
      return claims?.type === TokenType.Api ? undefined : claims?.id;
    }
    if (typeof target !== 'object' || target === null) return undefined;
    if ('jti' in target) return typeof target.jti === 'string' ? parseJti(target.jti)?.id : undefined;
    return typeof target.sessionId === 'string' ? target.sessionId : undefined;
  }

  async #sessionsOf(username: string, now: number): Promise<SessionRecord[]> {
    return isUsername(username) ? askStore(() => this.parts.store.listByUser(username, now)) : [];
  }
}

export interface InvalidateAllOptions {
  readonly except?: string;
  readonly apiTokens?: boolean;
}

function checkAgreement(record: SessionRecord, claims: SessionClaims): void {
  if (agrees(record, claims)) return;
  throw new InvalidTokenError('The token is not what its session issued', namedSession(claims));
}

function notThere(claims: SessionClaims | ApiTokenClaims): SessionValidationError {
  return claims.type === TokenType.Refresh
    ? notRenewable(claims)
    : new AccessTokenNotFoundError(
        'The token opens nothing: expired, revoked or never issued',
        namedSession(claims),
      );
}

function notRenewable(claims: SessionClaims): RefreshTokenNotFoundError {
  return new RefreshTokenNotFoundError('The token renews nothing: its session is over', namedSession(claims));
}

async function noApiTokens(): Promise<never> {
  throw new UnsupportedOperationError("API tokens are part of the strategy 'jwt' only");
}
