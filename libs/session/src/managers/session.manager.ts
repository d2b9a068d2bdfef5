import { tooLarge } from '../core/amendments.js';
import type { ApiTokenOptions, CreatedApiToken, ListedApiToken } from '../core/api-token.js';
import { checkAuthentication, type CheckedAuthentication } from '../core/authentication.js';
import { CappedLog } from '../util/capped-log.js';
import { type Clock, SECOND } from '../util/clock.js';
import type { ClockCorrection } from '../core/latest-time.js';
import type { CredentialWatch } from '../core/credential-watch.js';
import { isRefusal } from '../core/error-brand.js';
import { RefreshTokenReuseError, UnsupportedOperationError } from '../core/errors.js';
import { SessionEventBus, type SessionEvents } from '../core/events.js';
import { endingBy, graceUntil, honours, isActive, lifetimes, tokenTimes } from '../core/expiry.js';
import type { SessionLogger } from '../core/logger.js';
import { managerTime, usableNow, type Doubt, type ManagerTime } from '../core/manager-time.js';
import { NoSessionKeys, type SessionKeys } from '../core/session-keys.js';
import { userLimit, type SessionPolicy } from '../core/session-policy.js';
import type {
  EvictedSession,
  LimitReached,
  LimitRules,
  RevokeReason,
  SessionStore,
} from '../core/session-store.js';
import type { SessionValidator } from '../core/session-validator.js';
import { listedSession, sessionTokens } from '../core/session-views.js';
import {
  checkDetails,
  checkUsername,
  isUsername,
  MAX_GENERATION,
  type Authentication,
  type ListedSession,
  type SessionDetails,
  type SessionInfo,
  type SessionRecord,
  type SessionTokens,
} from '../core/session.js';
import { isPromise } from '../util/maybe-promise.js';
import { formatJti, parseJti, type SessionClaims, type TokenCodec } from '../core/token-codec.js';
import { TokenType } from '../core/token-type.js';
import { admitSession } from './admission.js';
import { ApiTokens, type ApiTokenParts } from './api-tokens.js';
import { askStore } from './ask-store.js';
import { AskedSessionStore } from './asked-stores.js';
import { checkParts } from './check-parts.js';
import { closeStores } from './close-stores.js';
import { endMisdated } from './end-misdated.js';
import { detailChangesIn, extentIn, noSuchPage, ownerIn, pageIn, wholeExtentIn } from './given-options.js';
import type {
  BrowsedApiTokens,
  BrowsedSessions,
  BrowseOptions,
  InvalidateAllOptions,
  InvalidatedCounts,
  InvalidatedSession,
  InvalidateEveryOptions,
  InvalidateOptions,
  SessionChanges,
  SessionTarget,
  ValidateOptions,
} from './manager-types.js';
import { randomId } from './random-id.js';
import { checkAgreement, checkTimes, checkType, readToken, readTokenIfGood } from './read-token.js';
import { refreshTokenNotFound, accessTokenNotFound, refusalReason } from './refusals.js';
import { StoredCredentials } from './stored-credentials.js';
import { sweepWhenCertain } from './sweep-when-certain.js';

/** What a manager is put together from; `createSessionManager` resolves it from options. */
export interface SessionManagerParts {
  readonly codec: TokenCodec;
  /** Default: none that could be rotated. */
  readonly keys?: SessionKeys;
  readonly store: SessionStore;
  /** What makes API tokens. Default: nothing does, and there are none. */
  readonly apiTokens?: ApiTokenParts;
  readonly policy: SessionPolicy;
  readonly logger: SessionLogger;
  /** Default: the store's clock, else the system's wall clock held against its monotonic one. */
  readonly clock?: Clock;
  /** A monotonic clock to hold the other one against; for tests. Default: the system's, for the system's clock. */
  readonly monotonic?: Clock;
}

const NOBODY: readonly string[] = Object.freeze([]);
const NONE_INVALIDATED: InvalidatedSession = Object.freeze({ invalidated: false, username: null });
const ACCEPTED_BY_DEFAULT: readonly TokenType[] = [TokenType.Access, TokenType.Api];

/**
 * Sessions with opaque tokens (strategy `'token'`), the base of every other strategy and the injection token of all.
 *
 * A manager is a policy over one token codec and one session store. `createSessionManager` and `SessionModule` make
 * it: inject this class under every strategy. Every method is asynchronous, and rejects with
 * {@link SessionStoreUnavailableError} if the store cannot answer. `SessionManager` of the specification.
 */
export class SessionManager implements SessionValidator {
  /** What happens here to sessions and API tokens, as it happens: logins, refreshes, ends, reuse, and the limit. */
  readonly events: SessionEvents;
  /** Exchanges the keys that sign and verify, while the application runs. */
  readonly keys: SessionKeys;
  protected readonly parts: SessionManagerParts;
  readonly #sessions: AskedSessionStore;
  readonly #apiTokens: ApiTokens | undefined;
  /** Where {@link events} come from. */
  readonly #bus: SessionEventBus;
  /** Where `now` comes from, and what is to be thought of it. */
  readonly #time: ManagerTime;
  readonly #limitLog: CappedLog;
  readonly #reuseLog: CappedLog;
  #closing: Promise<void> | undefined;

  /** @internal `createSessionManager` puts the parts together, once it has checked the options. */
  constructor(parts: SessionManagerParts) {
    checkParts(parts, new.target.name);
    this.parts = parts;
    this.#sessions = new AskedSessionStore(parts);
    this.keys = parts.keys ?? new NoSessionKeys();
    const clock = parts.clock ?? parts.store.clock;
    this.#time = managerTime({ clock, monotonic: parts.monotonic }, (correction) =>
      this.takeCorrection(correction),
    );
    this.events = this.#bus = new SessionEventBus(parts.logger);
    this.#apiTokens = parts.apiTokens && new ApiTokens(parts.apiTokens, this.#time, parts.logger, this.#bus);
    const warn = (line: string) => parts.logger.warn(line);
    this.#limitLog = new CappedLog(warn, () => this.#time.now());
    this.#reuseLog = new CappedLog(warn, () => this.#time.now());
  }

  /** How many seconds an access token lives, as the option says. `session_timeout` of the specification. */
  get sessionTimeout(): number {
    return this.parts.policy.sessionTimeout;
  }

  /**
   * How many sessions may be active at once, over all users, as the option says: always 1 under `single`, `Infinity`
   * under `no-auth`, where no login is refused. `max_concurrent_sessions` of the specification.
   */
  get maxConcurrentSessions(): number {
    return this.parts.policy.maxConcurrentSessions;
  }

  /**
   * Logs a user in, whose password (or whatever it takes) the application has checked. Where the option
   * `existingSession` is `'reuse'`, a user with an active session gets the oldest one's tokens again.
   * `create_session` of the specification.
   *
   * @param username 1 to 256 characters without control characters and lone surrogates.
   * @param details flat strings that help the user to recognise the session in a list; 2 KiB in all.
   * @param authentication how the user proved who they are, where that was not at this login: at an identity provider,
   * say. It stays with a new session, and a session that is reused keeps its own.
   * @returns the tokens, or `null` if as many sessions are active as may be, over all users or of this one; a controller
   * answers with `tokensOr429`.
   * @throws {@link InvalidInputError} for a username, details or an authentication that cannot be kept.
   */
  async createSession(
    username: string,
    details?: SessionDetails,
    authentication?: Authentication,
  ): Promise<SessionTokens | null> {
    const now = this.now();
    const { doubt } = this.#time;
    const record = this.#newRecord(
      checkUsername(username),
      checkDetails(details),
      checkAuthentication(authentication, now),
      now,
    );
    const reuseExisting = this.parts.policy.existingSession === 'reuse';
    const rules = { ...this.#limitsOf(username), reuseExisting };
    const result = await this.#sessions.create(record, rules, now);
    switch (result.outcome) {
      case 'limit-reached':
        return this.#refuseAtLimit(result, username, now);
      case 'existing':
        return this.#tokensOf(result.record, now, { reused: true });
      case 'created':
        this.#noteDoubtful(doubt, record.id, now);
        this.#tellEvicted(result.evicted, now);
        this.#bus.emit({ type: 'created', at: now, username, sessionId: record.id });
        return this.#tokensOf(record, now, { evicted: result.evicted });
    }
  }

  /**
   * What a token says, if it is valid now. Notes the access; moves the expiry only if sessions are sliding.
   * `validate_session` of the specification.
   *
   * @param token as the client sent it; `undefined` for none.
   * @param options the token types to accept, and whether the store itself is to be asked. A refresh token is no credential: it must be asked for, and is then
   * looked at without leaving a trace.
   * @throws {@link SessionValidationError} for anything that is not valid: one contract under every strategy.
   */
  async validateSession(
    token: string | undefined,
    { accept = ACCEPTED_BY_DEFAULT, fresh }: ValidateOptions = {},
  ): Promise<SessionInfo> {
    const { codec, policy } = this.parts;
    const claims = readToken(codec, token);
    checkType(claims, accept);
    const now = this.now();
    checkTimes(claims, now, policy);
    if (claims.type !== TokenType.Api) return admitSession(this.#sessions, claims, now, this.#time, fresh);
    if (this.#apiTokens === undefined) throw accessTokenNotFound(claims);
    return this.#apiTokens.admit(claims, now);
  }

  /**
   * Exchanges a token for its successor in one indivisible step: the refresh token where the strategy has one,
   * else the access token itself. The successor gets the full time-outs again, up to the absolute end.
   *
   * Within `refreshGrace` the immediate predecessor gets the same successor once more. An older refresh token is
   * a copy in wrong hands, and ends the session unless `onRefreshReuse` says otherwise; an older opaque token is only
   * refused. `refresh_session` of the specification.
   *
   * @param token the refresh token under `jwt`, else the access token; `undefined` for none.
   * @returns the successor, or `null` if the access had lapsed and no slot is free: the token is still good then,
   * and a controller answers with `tokensOr429`.
   * @throws {@link RefreshTokenNotFoundError} if the session is gone.
   * @throws {@link RefreshTokenReuseError} if the token was used before, under `jwt`.
   * @throws {@link SessionExpiredError}, {@link WrongTokenTypeError}, {@link InvalidTokenError} or
   * {@link MissingTokenError}: all of these are {@link SessionValidationError}s.
   */
  async refreshSession(token: string | undefined): Promise<SessionTokens | null> {
    const { codec, policy } = this.parts;
    const claims = readToken(codec, token);
    checkType(claims, [this.#renewalType]);
    const now = this.now();
    const { doubt } = this.#time;
    checkTimes(claims, now, policy);
    const asked = this.#sessions.find(claims.id, now);
    const found = isPromise(asked) ? await asked : asked;
    if (found === undefined)
      throw refreshTokenNotFound(claims, await refusalReason(this.#sessions, claims, now));
    checkAgreement(found, claims);
    if (claims.generation >= MAX_GENERATION) throw refreshTokenNotFound(claims, 'expired');
    const next = { ...tokenTimes(policy, now), previousUntil: graceUntil(policy, found, now) };
    const rules = this.#limitsOf(found.username);
    const request = { from: claims.generation, attempt: randomId(), next, rules };
    const rotating = this.#sessions.rotate(found, request, now);
    const result = isPromise(rotating) ? await rotating : rotating;
    switch (result.outcome) {
      case 'gone':
        throw refreshTokenNotFound(claims, await refusalReason(this.#sessions, claims, now));
      case 'stale':
        if (honours(result.record, claims.generation, now)) return this.#tokensOf(result.record, now);
        return this.#refuseOlder(claims, result.record, now);
      case 'limit-reached':
        return this.#refuseAtLimit(result, found.username, now, found.id);
      case 'rotated':
        this.#noteDoubtful(doubt, found.id, now);
        this.#tellEvicted(result.evicted, now);
        this.#bus.emit({ type: 'refreshed', at: now, username: found.username, sessionId: found.id });
        return this.#tokensOf(result.record, now, { evicted: result.evicted });
    }
  }

  /**
   * Ends a session. Any genuine token of it will do, an expired or an older one too (RFC 7009 §2.1); an API token is
   * not a session's. `invalidate_session` of the specification.
   *
   * @param target a token, `{ jti }` or `{ sessionId }`.
   * @param options whose it has to be. A `username` that is given and is no user name, `undefined` among them, is
   * nobody's: then none ends.
   * @returns whose session ended, if one did; bad input is answered, never thrown.
   */
  async invalidateSession(
    target: SessionTarget | undefined,
    options: InvalidateOptions = {},
  ): Promise<InvalidatedSession> {
    const id = this.#idOf(target);
    const owner = ownerIn(options);
    if (id === undefined || owner === undefined) return NONE_INVALIDATED;
    const now = this.now();
    const ended = await this.#end(id, typeof target === 'string' ? 'logout' : 'revoked', owner, now);
    return ended ? { invalidated: true, username: ended.username } : NONE_INVALIDATED;
  }

  /**
   * Ends all of a user's sessions and, unless one is excepted, the API tokens. Once it resolves, no refresh and no API
   * token that was begun before is valid.
   *
   * @param username whose; a name that cannot be one has none.
   * @param options what to spare.
   * @returns how many ended.
   * @throws {@link InvalidInputError} for an `except` that is given and names no session, `undefined` among them, and
   * for an `apiTokens` that is neither `true` nor `false`; nothing ends then.
   */
  async invalidateAllSessions(
    username: string,
    options: InvalidateAllOptions = {},
  ): Promise<InvalidatedCounts> {
    const { apiTokens, ...spared } = extentIn(options);
    if (!isUsername(username)) return { sessions: 0, apiTokens: 0 };
    const now = this.now();
    const ids = await this.#sessions.revokeByUser(username, spared, now);
    for (const sessionId of ids) {
      this.#bus.emit({ type: 'ended', at: now, username, sessionId, reason: 'revoked' });
    }
    const ended = apiTokens ? await this.#apiTokens?.endAll(username) : undefined;
    return { sessions: ids.length, apiTokens: ended ?? 0 };
  }

  /**
   * Ends all sessions of all users and, unless told otherwise, all API tokens, at once: the way out after a break-in (OWASP
   * ASVS 5.0, 7.4.5). Takes no longer for a million than for one. One event tells of all sessions, `ended-all`, and one of
   * all API tokens, `api-tokens-ended-all`.
   *
   * @param options what to spare.
   * @returns how many ended.
   * @throws {@link InvalidInputError} as {@link invalidateAllSessions}; nothing ends then.
   */
  async invalidateEverySession(options: InvalidateEveryOptions = {}): Promise<InvalidatedCounts> {
    const { apiTokens, ...spared } = wholeExtentIn(options);
    const now = this.now();
    const sessions = await this.#sessions.revokeAll(spared, now);
    this.#bus.emit({ type: 'ended-all', at: now, count: sessions, ...spared });
    return { sessions, apiTokens: apiTokens ? ((await this.#apiTokens?.endEverybodys()) ?? 0) : 0 };
  }

  /**
   * Changes the details of a session, as "rename this device" does: key by key, in one indivisible step. Is no access, and
   * moves no time.
   *
   * @param target which.
   * @param changes a new text for each key that is named, `null` for one that is to go.
   * @param options whose it has to be. A `username` that is given and is no user name, `undefined` among them, is
   * nobody's.
   * @returns whether there was such a session.
   * @throws {@link InvalidInputError} unless they are flat strings and `null`s, and for more than 2 KiB in all; nothing
   * changes then.
   */
  async updateSession(
    target: { readonly sessionId: string },
    changes: SessionChanges,
    options: InvalidateOptions = {},
  ): Promise<boolean> {
    const details = detailChangesIn(changes);
    const id = this.#idOf(target);
    const owner = ownerIn(options);
    if (id === undefined || owner === undefined) return false;
    const { outcome } = await this.#sessions.amend(id, { details, ...owner }, this.now());
    if (outcome !== 'too-large') return outcome === 'amended';
    throw tooLarge();
  }

  /**
   * A page of the active sessions of all users, for an operator: who took a slot last first. A session that stays active
   * while pages are turned is on exactly one of them. The last page costs no more than the first.
   *
   * @param options which page, and how long.
   * @throws {@link InvalidInputError} for a `limit` that is no whole number from 1 to 1000, and for an `after` that no page
   * had as its `next`.
   */
  async browseSessions(options: BrowseOptions = {}): Promise<BrowsedSessions> {
    const request = pageIn(options);
    const now = this.now();
    const page = await this.#sessions.browse(request, now);
    if (page === undefined) throw noSuchPage();
    const { records, next } = page;
    const sessions = records.map((record) => ({ ...listedSession(record, now), username: record.username }));
    return { sessions, ...(next !== undefined && { next }) };
  }

  /**
   * Frees what has expired, sessions and API tokens, in slices that let requests in between. Nothing ever depends on it
   * having run. `cleanup_expired_sessions` of the specification.
   *
   * @returns how many sessions went; API tokens are not counted.
   */
  async cleanupExpiredSessions(): Promise<number> {
    try {
      return await sweepWhenCertain(this.#sessions, this.#time, () => this.#closing !== undefined);
    } finally {
      await this.#apiTokens?.sweep();
    }
  }

  /** How many sessions are active: those whose access token is valid. `n_active_sessions` of the specification. */
  async nActiveSessions(): Promise<number> {
    const now = this.#time.now();
    return Number.isNaN(now) ? 0 : this.#sessions.count(now);
  }

  /** Whether any session is active. `has_logged_user` of the specification. */
  async hasLoggedUser(): Promise<boolean> {
    return (await this.nActiveSessions()) > 0;
  }

  /** Whose access or API token it is, or `null` if it is not valid. `session_username` of the specification. */
  async sessionUsername(token: string | undefined): Promise<string | null> {
    try {
      return (await this.validateSession(token)).username;
    } catch (error) {
      if (isRefusal(error)) return null;
      throw error;
    }
  }

  /**
   * A user's oldest active session: its token (`token`, `single`) or the `jti` of its access token (`jwt`),
   * or `null` if there is none. `session_token` of the specification.
   */
  async sessionToken(username: string): Promise<string | null> {
    const now = this.now();
    const record = (await this.#sessionsOf(username, now)).find((session) => isActive(session, now));
    return record ? this.#handleOf(record) : null;
  }

  /** A user's sessions, the oldest first; those included that only a refresh would revive. Never a token. */
  async listSessions(username: string): Promise<ListedSession[]> {
    const now = this.now();
    return (await this.#sessionsOf(username, now)).map((record) => listedSession(record, now));
  }

  /**
   * One session, if it is there: also one that only a refresh would revive. A reading that leaves no trace, and costs the
   * same however many sessions its user has. Never a token.
   *
   * @param sessionId as `SessionTokens` and `listSessions` give it.
   * @returns `null` for one that is over, and for whatever names none.
   */
  async findSession(sessionId: string): Promise<ListedSession | null> {
    const id = this.#idOf({ sessionId });
    if (id === undefined) return null;
    const now = this.now();
    const record = await this.#sessions.find(id, now);
    return record === undefined ? null : listedSession(record, now);
  }

  /**
   * Makes an API token and registers it; it is handed out this once. `create_api_token` of the specification.
   *
   * @param username whose it is; 1 to 256 characters without control characters and lone surrogates.
   * @param options its expiration, its rights and a label. A member given as `undefined` counts as left out, as the
   * optional members of a request's body do: check `datasets` before, where to have none must not mean to have all.
   * @throws {@link UnsupportedOperationError} except under `jwt`.
   * @throws {@link InvalidInputError} for a username, datasets or a label that cannot be kept, a token over 8 KiB, or
   * rights that the owner lacks now.
   * @throws {@link InvalidExpirationError} for an expiration that is not a moment within the next ten years.
   * @throws {@link SessionValidationError} if all of the user's API tokens were ended while this one was being made.
   * Nothing is stored in any of these cases.
   */
  async createApiToken(username: string, options?: ApiTokenOptions): Promise<CreatedApiToken> {
    return this.#apiTokensFor('createApiToken').mint(username, options);
  }

  /**
   * Ends an API token, an expired one too while the clean-up has not dropped it. `invalidate_api_token` of the
   * specification.
   *
   * @param target the token, or its `{ jti }`.
   * @param options whose it has to be. A `username` that is given and is no user name, `undefined` among them, is
   * nobody's: then none ends.
   * @returns whether one ended; a token of another type, an unknown or a malformed one is `false`, never thrown.
   * @throws {@link UnsupportedOperationError} except under `jwt`.
   */
  async invalidateApiToken(
    target: string | { readonly jti: string },
    options?: InvalidateOptions,
  ): Promise<boolean> {
    return this.#apiTokensFor('invalidateApiToken').end(target, options);
  }

  /**
   * A user's unexpired API tokens, the oldest first. Never a token itself.
   *
   * @throws {@link UnsupportedOperationError} except under `jwt`.
   */
  async listApiTokens(username: string): Promise<ListedApiToken[]> {
    return this.#apiTokensFor('listApiTokens').list(username);
  }

  /**
   * A page of the API tokens of all users, for an operator. One that is there while pages are turned is on exactly one of
   * them.
   *
   * @param options which page, and how long.
   * @throws {@link UnsupportedOperationError} except under `jwt`.
   * @throws {@link InvalidInputError} as {@link browseSessions}.
   */
  async browseApiTokens(options: BrowseOptions = {}): Promise<BrowsedApiTokens> {
    return this.#apiTokensFor('browseApiTokens').browse(options);
  }

  /**
   * Lets go of the stores, and stops a clean-up between two slices. Done once, however often it is called. A store that
   * has not closed within ten seconds is named in the log, and not waited for.
   *
   * The module calls it at shutdown; who called `createSessionManager` calls it there.
   *
   * @throws {@link SessionStoreUnavailableError} if a store cannot close; the others are closed all the same.
   */
  async close(): Promise<void> {
    const { store, logger } = this.parts;
    this.#closing ??= closeStores({ 'session store': store, 'store of API tokens': this.#apiTokens }, logger);
    await this.#closing;
  }

  /** @internal What tells lasting connections of the sessions and API tokens that opened them. */
  watch(): CredentialWatch {
    const { store, apiTokens } = this.parts;
    return new StoredCredentials({
      time: this.#time,
      events: this.events,
      keys: this.keys,
      sessions: this.#sessions,
      apiTokens: this.#apiTokens,
      stores: { sessions: store, apiTokens: apiTokens?.store },
    });
  }

  /** Epoch milliseconds. Reads the clock, and with it what is to be thought of it. */
  protected now(): number {
    return usableNow(this.#time);
  }

  #apiTokensFor(method: string): ApiTokens {
    if (this.#apiTokens !== undefined) return this.#apiTokens;
    throw new UnsupportedOperationError(
      `${method}: only the strategy 'jwt' has API tokens; choose it by SessionModule.forRoot('jwt') or ` +
        "createSessionManager('jwt')",
    );
  }

  /** The type of token that a refresh takes. */
  get #renewalType(): SessionClaims['type'] {
    return this.parts.policy.refreshTimeout === undefined ? TokenType.Access : TokenType.Refresh;
  }

  /** What {@link sessionToken} answers: where a refresh token renews the session, no more than the name of the other. */
  #handleOf(record: SessionRecord): string {
    return this.#renewalType === TokenType.Refresh
      ? formatJti(record.id, TokenType.Access, record.generation)
      : this.parts.codec.issue(record).accessToken;
  }

  #newRecord(
    username: string,
    details: SessionDetails | undefined,
    authentication: CheckedAuthentication,
    now: number,
  ): SessionRecord {
    const { policy } = this.parts;
    const limits = lifetimes(policy, now);
    const times = endingBy(tokenTimes(policy, now), limits.endsAt);
    return {
      id: this.#sessions.newId(username) ?? randomId(),
      username,
      generation: 0,
      createdAt: times.issuedAt,
      ...times,
      ...limits,
      ...(details && { details }),
      ...authentication,
    };
  }

  #tokensOf(
    record: SessionRecord,
    now: number,
    { reused, evicted = [] }: { reused?: boolean; evicted?: readonly EvictedSession[] } = {},
  ): SessionTokens {
    const ids = evicted.length === 0 ? NOBODY : Object.freeze(evicted.map(({ id }) => id));
    return sessionTokens(record, this.parts.codec.issue(record), now, { reused, evicted: ids });
  }

  #limitsOf(username: string): LimitRules {
    const { maxConcurrentSessions: max, onLimit, maxSessionsPerUser, onUserLimit } = this.parts.policy;
    return { max, onLimit, maxPerUser: userLimit(maxSessionsPerUser, username), onUserLimit };
  }

  #tellEvicted(evicted: readonly EvictedSession[], now: number): void {
    for (const { id, username } of evicted) {
      this.#bus.emit({ type: 'ended', at: now, username, sessionId: id, reason: 'evicted' });
    }
  }

  #refuseAtLimit(reached: LimitReached, username: string, now: number, sessionId?: string): null {
    const { maxConcurrentSessions } = this.parts.policy;
    this.#limitLog.note(() =>
      reached.scope === 'all'
        ? `Reached max concurrent sessions limit (${maxConcurrentSessions})`
        : `Reached max sessions limit of a user (${reached.active})`,
    );
    this.#bus.emit({ type: 'limit', at: now, username, ...(sessionId !== undefined && { sessionId }) });
    return null;
  }

  /**
   * A refresh token older than the grace window was used before: one of its two users is a thief, and nobody can
   * tell which (RFC 9700 §4.14.2). An opaque token may have been given to several devices, and is only refused.
   */
  async #refuseOlder(claims: SessionClaims, record: SessionRecord, now: number): Promise<never> {
    if (claims.type === TokenType.Access) throw refreshTokenNotFound(claims, 'rotated');
    const ends = this.parts.policy.onRefreshReuse === 'revoke';
    this.#bus.emit({ type: 'reuse', at: now, username: record.username, sessionId: record.id });
    const what = ends ? 'ends' : 'goes on, as onRefreshReuse says';
    this.#reuseLog.note(() => `A refresh token was used again: session ${record.id} ${what}`);
    if (ends) await this.#end(record.id, 'reuse', { username: record.username }, now);
    throw new RefreshTokenReuseError('The refresh token was used before', {
      sessionId: record.id,
      reason: 'reuse_detected',
    });
  }

  async #end(
    id: string,
    reason: RevokeReason,
    owner: { readonly username?: string },
    now: number,
  ): Promise<SessionRecord | undefined> {
    const ended = await this.#sessions.revoke(id, reason, owner, now);
    if (ended)
      this.#bus.emit({ type: 'ended', at: now, username: ended.username, sessionId: ended.id, reason });
    return ended;
  }

  /** A session that was issued while the clock was ahead would outlive its time-out; it is there only by that clock. */
  #noteDoubtful(doubt: Doubt | undefined, id: string, now: number): void {
    doubt?.note(() => endMisdated(() => this.#end(id, 'revoked', {}, now), this.parts.logger));
  }

  /** Tells the store what was found wrong with the clock that dated its records. */
  protected takeCorrection(correction: ClockCorrection): void {
    const { setBackBy } = correction;
    if (setBackBy !== undefined) {
      const seconds = Math.round(setBackBy / SECOND);
      this.parts.logger.error(`The clock was set back by ${seconds} s: what this process keeps by it ends`);
    }
    endMisdated(() => askStore(() => this.parts.store.clockCorrected(correction)), this.parts.logger);
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
    return isUsername(username) ? this.#sessions.listByUser(username, now) : [];
  }
}
