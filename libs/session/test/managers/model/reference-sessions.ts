import type { RefusalReason } from '../../../src/core/errors.js';
import type { SessionEvent } from '../../../src/core/events.js';
import { TokenType } from '../../../src/core/token-type.js';
import { gives, refuses, type Foretold } from './outcome.js';
import type { ApiTokenRequest, HandedOut, Owner, Presented, Reference, Target } from './reference.js';
import { ReferenceApiTokens } from './reference-api-tokens.js';
import type { Rules } from './rules.js';
import { ceil, floor } from './whole-seconds.js';

interface Session {
  readonly id: string;
  readonly username: string;
  details?: { label: string };
  readonly createdAt: number;
  readonly endsAt: number;
  generation: number;
  issuedAt: number;
  lastAccessed: number;
  expiresAt: number;
  refreshExpiresAt?: number;
  /** Until when the generation before is honoured. */
  graceUntil: number;
  /** Where it stands in the queue for slots. */
  slot: number;
  ended?: RefusalReason;
  swept: boolean;
}

type SessionToken = HandedOut & Required<Pick<HandedOut, 'session'>>;

const NONE_INVALIDATED = gives({ invalidated: false, username: null });

/** The contract of managers that keep sessions, in its plainest form: an array, looked through from end to end. */
export class ReferenceSessions implements Reference {
  now: number;
  readonly handedOut: HandedOut[] = [];
  readonly #rules: Rules;
  readonly #sessions: Session[] = [];
  readonly #apiTokens: ReferenceApiTokens;
  #events: SessionEvent[] = [];
  #slots = 0;

  constructor(rules: Rules, now: number) {
    this.#rules = rules;
    this.now = now;
    const handedOut = this.handedOut;
    this.#apiTokens = new ReferenceApiTokens({
      handedOut,
      now: () => this.now,
      tell: (event) => this.#tell(event),
    });
  }

  get present(): string[] {
    return this.#sessions.filter((session) => this.#isThere(session)).map(({ id }) => id);
  }

  edges(): number[] {
    const { leeway } = this.#rules;
    return this.#sessions
      .filter((session) => this.#isThere(session))
      .flatMap(({ expiresAt, refreshExpiresAt = expiresAt, ...session }) => [
        ...[expiresAt, expiresAt + leeway, refreshExpiresAt, refreshExpiresAt + leeway],
        ...[session.graceUntil, session.endsAt, this.#idleAt(session)],
      ])
      .concat(this.#apiTokens.edges())
      .filter((time) => time > this.now && time < Infinity)
      .sort((a, b) => a - b);
  }

  takeEvents(): SessionEvent[] {
    const events = this.#events;
    this.#events = [];
    return events;
  }

  leavesOpen(event: SessionEvent): boolean {
    return this.#apiTokens.leavesOpen(event);
  }

  at(time: number): void {
    this.now = Math.max(this.now, time);
  }

  /** Stores and keys stay, and so does all that was handed out. */
  restart(): void {}

  createSession(username: string, details: { label: string } | undefined, newId: string): Foretold {
    if (username === '') return refuses('INVALID_INPUT');
    const existing = this.#of(username).find((session) => this.#opens(session));
    if (this.#rules.reuse && existing) return this.#tokens(existing, 'reused', { reused: true });
    const evicted = this.#makeRoom(username);
    if (typeof evicted === 'string') return this.#refuseAtLimit(evicted, username);
    const endsAt = ceil(this.now) + this.#rules.absolute;
    const [createdAt, lastAccessed] = [floor(this.now), floor(this.now)];
    const session: Session = {
      ...{ id: newId, username, details, createdAt, lastAccessed, endsAt, ...this.#times(endsAt) },
      ...{ generation: 0, graceUntil: 0, slot: ++this.#slots, swept: false },
    };
    this.#sessions.push(session);
    this.#tell({ type: 'created', username, sessionId: newId });
    return this.#tokens(session, evicted.length > 0 ? 'created by eviction' : 'created', { evicted });
  }

  validateSession(
    token: Presented,
    accept: readonly TokenType[] = ['access', 'api'],
    traceless?: 'traceless',
  ): Foretold {
    const bad = this.#judge(token, accept);
    if (bad) return bad;
    const genuine = token as HandedOut;
    if (genuine.session === undefined) return this.#apiTokens.validate(genuine);
    const { session: named, type, name, carries } = genuine as SessionToken;
    const session = this.#find(named.id)!;
    const refreshing = type === TokenType.Refresh;
    const good = refreshing ? this.#isThere(session) : this.#opens(session);
    if (!good || !this.#honours(session, named.generation)) {
      const code = refreshing ? 'REFRESH_TOKEN_NOT_FOUND' : 'ACCESS_TOKEN_NOT_FOUND';
      return refuses(code, this.#whyNot(session, named.generation));
    }
    const seen = traceless ? { ...session } : session;
    if (!refreshing) this.#touch(seen);
    const current = named.generation === session.generation;
    const info = {
      ...{ username: session.username, type, jti: name, sessionId: session.id },
      issuedAt: new Date(carries?.issuedAt ?? seen.issuedAt),
      createdAt: new Date(seen.createdAt),
      lastAccessed: new Date(seen.lastAccessed),
      expiresAt: new Date(carries?.expiresAt ?? (current ? seen.expiresAt : seen.graceUntil)),
      ...(this.#rules.jwt && { issuer: 'plantdb-api', audience: 'plantdb-client' }),
    };
    return gives(info, current ? `good ${type}` : `good ${type} in grace`);
  }

  sessionUsername(token: Presented): Foretold {
    const outcome = this.validateSession(token, undefined);
    return gives('gives' in outcome ? (outcome.gives as { username: string }).username : null);
  }

  refreshSession(token: Presented): Foretold {
    const bad = this.#judge(token, [this.#rules.jwt ? 'refresh' : 'access']);
    if (bad) return bad;
    const named = (token as SessionToken).session;
    const session = this.#find(named.id)!;
    if (!this.#isThere(session) || (!this.#rules.jwt && !this.#honours(session, named.generation))) {
      return refuses('REFRESH_TOKEN_NOT_FOUND', this.#whyNot(session, named.generation));
    }
    if (named.generation < session.generation) {
      if (this.#honours(session, named.generation)) return this.#tokens(session, 'same successor in grace');
      return this.#tellReuse(session);
    }
    const lapsed = !this.#opens(session);
    const evicted = lapsed ? this.#makeRoom(session.username) : [];
    if (typeof evicted === 'string') return this.#refuseAtLimit(evicted, session.username, session.id);
    if (lapsed) session.slot = ++this.#slots;
    session.graceUntil =
      this.#rules.grace === 0 ? 0 : Math.min(ceil(this.now) + this.#rules.grace, this.#overAt(session));
    session.generation += 1;
    session.lastAccessed = floor(this.now);
    Object.assign(session, this.#times(session.endsAt));
    this.#tell({ type: 'refreshed', username: session.username, sessionId: session.id });
    const rule = evicted.length > 0 ? 'revived by eviction' : lapsed ? 'revived' : 'refreshed';
    return this.#tokens(session, rule, { evicted });
  }

  invalidateSession(target: Target, owner: Owner): Foretold {
    const id = idOf(target);
    const session = id === undefined ? undefined : this.#find(id);
    if (!session || !this.#isThere(session)) return NONE_INVALIDATED;
    if ('username' in owner && owner.username !== session.username) {
      return { ...NONE_INVALIDATED, rule: "another user's" };
    }
    this.#end(session, 'revoked', target.by === 'token' ? 'logout' : 'revoked');
    return gives({ invalidated: true, username: session.username }, `ended by ${target.by}`);
  }

  invalidateAllSessions(
    username: string,
    { except, apiTokens = except === undefined }: { except?: string; apiTokens?: boolean },
  ): Foretold {
    const going = this.#of(username).filter((session) => this.#isThere(session) && session.id !== except);
    for (const session of going) this.#end(session, 'revoked', 'revoked');
    // What is over already goes along, and no sweep finds it.
    for (const session of this.#of(username)) {
      if (session.id !== except && !session.ended && !this.#isThere(session)) session.swept = true;
    }
    const counts = { sessions: going.length, apiTokens: apiTokens ? this.#apiTokens.endAllOf(username) : 0 };
    return gives(counts, `ended ${Math.min(going.length, 2)}, ${Math.min(counts.apiTokens, 1)} api`);
  }

  invalidateEverySession({ except, apiTokens = true }: { except?: string; apiTokens?: boolean }): Foretold {
    const kept = this.#sessions.find((session) => session.id === except && this.#isThere(session));
    const going = this.#sessions.filter((session) => session !== kept && !session.ended && !session.swept);
    const sessions = going.filter((session) => this.#isThere(session)).length;
    // Memory is let go of as a whole, and remembers of nobody why.
    for (const session of going) session.ended = 'unknown';
    this.#tell({ type: 'ended-all', count: sessions, ...(except !== undefined && { except }) });
    return gives(
      { sessions, apiTokens: apiTokens && this.#rules.jwt ? this.#apiTokens.endEverybodys() : 0 },
      `ended ${Math.min(sessions, 2)}`,
    );
  }

  updateSession(sessionId: string, label: string | null, owner: Owner): Foretold {
    const session = this.#find(sessionId);
    if (!session || !this.#isThere(session)) return gives(false);
    if ('username' in owner && owner.username !== session.username) return gives(false, "another user's");
    session.details = label === null ? undefined : { label };
    return gives(true, label === null ? 'taken away' : 'renamed');
  }

  browseSessions(): Foretold {
    const bySlot = this.#active().sort((a, b) => b.slot - a.slot);
    return gives(bySlot.map((session) => ({ ...this.#listed(session), username: session.username })));
  }

  browseApiTokens(): Foretold {
    return this.#rules.jwt ? this.#apiTokens.browse() : noApiTokens();
  }

  cleanupExpiredSessions(): Foretold {
    const over = this.#sessions.filter(
      (session) => !session.ended && !session.swept && !this.#isThere(session),
    );
    for (const session of over) session.swept = true;
    this.#apiTokens.sweep();
    return gives(over.length);
  }

  nActiveSessions(): Foretold {
    return gives(this.#active().length);
  }

  sessionToken(username: string): Foretold {
    const session = this.#of(username).find((session) => this.#opens(session));
    return gives(session ? `${session.id}.a${session.generation}` : null);
  }

  listSessions(username: string): Foretold {
    return gives(
      this.#of(username)
        .filter((session) => this.#isThere(session))
        .map((session) => this.#listed(session)),
    );
  }

  createApiToken(username: string, request: ApiTokenRequest, newJti: string): Foretold {
    return this.#rules.jwt ? this.#apiTokens.create(username, request, newJti) : noApiTokens();
  }

  invalidateApiToken(target: { token: Presented } | { jti: string }, owner: Owner): Foretold {
    return this.#rules.jwt ? this.#apiTokens.invalidate(target, owner) : noApiTokens();
  }

  listApiTokens(username: string): Foretold {
    return this.#rules.jwt ? this.#apiTokens.list(username) : noApiTokens();
  }

  /** What is wrong with a token whatever the stores say: in this order none, forged, its type, its own times. */
  #judge(token: Presented, accept: readonly TokenType[]): Foretold | undefined {
    if (token === undefined) return refuses('MISSING_TOKEN', 'unknown');
    if (token === 'forged') return refuses('INVALID_TOKEN', 'unknown');
    if (!accept.includes(token.type)) return refuses('WRONG_TOKEN_TYPE', 'unknown');
    const leeway = token.type === TokenType.Api ? 0 : this.#rules.leeway;
    if (token.carries && this.now >= token.carries.expiresAt + leeway) {
      return refuses('SESSION_EXPIRED', 'expired', `SESSION_EXPIRED ${token.type}`);
    }
    return undefined;
  }

  #times(endsAt: number) {
    const { access, refresh } = this.#rules;
    const until = (timeout: number) => Math.min(ceil(this.now) + timeout, endsAt);
    return {
      issuedAt: floor(this.now),
      expiresAt: until(access),
      ...(refresh !== undefined && { refreshExpiresAt: until(refresh) }),
    };
  }

  /** When its last token is over; no leeway outlives the absolute end. */
  #overAt({ expiresAt, refreshExpiresAt = 0, endsAt }: Session): number {
    return Math.min(Math.max(expiresAt, refreshExpiresAt) + this.#rules.leeway, endsAt);
  }

  /** The access is known to the second only, which must not shorten the time-out. */
  #idleAt({ lastAccessed }: Pick<Session, 'lastAccessed'>): number {
    return lastAccessed + 1000 + this.#rules.idle;
  }

  #isThere(session: Session): boolean {
    return !session.ended && this.now < Math.min(this.#overAt(session), this.#idleAt(session));
  }

  #opens(session: Session): boolean {
    return this.#isThere(session) && this.now < session.expiresAt + this.#rules.leeway;
  }

  #honours({ generation, graceUntil }: Session, named: number): boolean {
    return named === generation || (named === generation - 1 && this.now < graceUntil);
  }

  #whyNot(session: Session, generation: number): RefusalReason {
    if (session.ended) return session.ended;
    if (!this.#isThere(session)) return this.#idleAt(session) < this.#overAt(session) ? 'idle' : 'expired';
    return generation < session.generation ? 'rotated' : 'expired';
  }

  #listed(session: Session) {
    return {
      sessionId: session.id,
      createdAt: new Date(session.createdAt),
      authenticatedAt: new Date(session.createdAt),
      issuedAt: new Date(session.issuedAt),
      lastAccessed: new Date(session.lastAccessed),
      expiresAt: new Date(session.expiresAt),
      ...(session.refreshExpiresAt !== undefined && { refreshExpiresAt: new Date(session.refreshExpiresAt) }),
      active: this.#opens(session),
      ...(session.details && { details: session.details }),
    };
  }

  #touch(session: Session): void {
    session.lastAccessed = floor(this.now);
    if (!this.#rules.sliding) return;
    const slid = floor(this.now) + 1000 + this.#rules.access;
    session.expiresAt = Math.max(session.expiresAt, Math.min(slid, session.endsAt));
  }

  /** Ends whom the rules name for one more active session of a user, or says which limit is in the way. */
  #makeRoom(username: string): string[] | 'limit of the user' | 'limit of all' {
    const { max, maxPerUser, onLimit, onUserLimit } = this.#rules;
    const own = this.#active().filter((session) => session.username === username);
    const tooMany = Math.max(0, own.length + 1 - maxPerUser(username));
    if (tooMany > 0 && onUserLimit === 'reject') return 'limit of the user';
    if (onUserLimit === 'evict-idle') own.sort((a, b) => a.lastAccessed - b.lastAccessed);
    const going = own.slice(0, tooMany);
    const staying = this.#active().filter((session) => !going.includes(session));
    const stillTooMany = Math.max(0, staying.length + 1 - max);
    if (stillTooMany > 0 && onLimit === 'reject') return 'limit of all';
    going.push(...staying.sort((a, b) => a.slot - b.slot).slice(0, stillTooMany));
    for (const session of going) this.#end(session, 'evicted', 'evicted');
    return going.map(({ id }) => id);
  }

  #refuseAtLimit(limit: string, username: string, sessionId?: string): Foretold {
    this.#tell({ type: 'limit', username, ...(sessionId !== undefined && { sessionId }) });
    return gives(null, limit);
  }

  #tellReuse(session: Session): Foretold {
    const { reuseEnds } = this.#rules;
    this.#tell({ type: 'reuse', username: session.username, sessionId: session.id });
    if (reuseEnds) this.#end(session, 'reuse_detected', 'reuse');
    return refuses('REFRESH_TOKEN_REUSE', 'reuse_detected', reuseEnds ? 'reuse ends' : 'reuse is refused');
  }

  #end(session: Session, why: RefusalReason, reason: 'logout' | 'revoked' | 'evicted' | 'reuse'): void {
    session.ended = why;
    this.#tell({ type: 'ended', username: session.username, sessionId: session.id, reason });
  }

  #tokens(
    session: Session,
    rule: string,
    { reused = false, evicted = [] }: { reused?: boolean; evicted?: string[] } = {},
  ): Foretold {
    const { refreshExpiresAt } = session;
    const accessToken = this.#handOut(session, TokenType.Access, session.expiresAt);
    const renewal = refreshExpiresAt !== undefined && {
      refreshToken: this.#handOut(session, TokenType.Refresh, refreshExpiresAt),
      refreshExpiresAt: new Date(refreshExpiresAt),
    };
    const tokens = {
      ...{ accessToken, tokenType: 'Bearer', sessionId: session.id, ...renewal },
      expiresIn: Math.max(0, Math.floor((session.expiresAt - this.now) / 1000)),
      expiresAt: new Date(session.expiresAt),
      ...{ reused, evicted },
      ...(this.#rules.sliding && {
        sliding: session.endsAt < Infinity ? { until: new Date(session.endsAt) } : {},
      }),
    };
    return gives(tokens, rule);
  }

  #handOut({ id, username, generation, issuedAt }: Session, type: TokenType, expiresAt: number): string {
    const name = `${id}.${type.charAt(0)}${generation}`;
    if (!this.handedOut.some((token) => token.name === name)) {
      const carries = this.#rules.jwt ? { issuedAt, expiresAt } : undefined;
      this.handedOut.push({ name, type, username, session: { id, generation }, carries });
    }
    return name;
  }

  #tell(event: object): void {
    this.#events.push({ at: this.now, ...event } as SessionEvent);
  }

  #find(id: string): Session | undefined {
    return this.#sessions.find((session) => session.id === id);
  }

  #of(username: string): Session[] {
    return this.#sessions.filter((session) => session.username === username);
  }

  #active(): Session[] {
    return this.#sessions.filter((session) => this.#opens(session));
  }
}

/** Any genuine token of a session names it, however old. */
function idOf(target: Target): string | undefined {
  if (target.by === 'sessionId') return target.sessionId;
  if (target.by === 'jti') return target.jti.includes('.') ? target.jti.split('.')[0] : undefined;
  return typeof target.token === 'object' ? target.token.session?.id : undefined;
}

function noApiTokens(): Foretold {
  return refuses('UNSUPPORTED_OPERATION');
}
