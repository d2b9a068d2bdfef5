import { TokenType } from '../../../src/core/token-type.js';
import { gives, refuses, type Foretold } from './outcome.js';
import type { HandedOut, Owner, Reference } from './reference.js';
import { ceil, floor } from './whole-seconds.js';

export const ADMIN_TOKEN = 'the admin token';

/** The contract of the strategy that has one session, which cannot end: everyone is `admin`. */
export class ReferenceNoAuth implements Reference {
  now: number;
  readonly handedOut: HandedOut[] = [{ name: ADMIN_TOKEN, type: TokenType.Access, username: 'admin' }];
  readonly present = [];
  readonly #timeout: number;
  #session!: { id: string; createdAt: number; issuedAt: number; lastAccessed: number; expiresAt: number };

  constructor(timeout: number, now: number, id: string) {
    this.#timeout = timeout;
    this.now = now;
    this.restart(id);
  }

  edges(): number[] {
    return [this.#session.expiresAt];
  }

  takeEvents(): [] {
    return [];
  }

  leavesOpen(): boolean {
    return false;
  }

  at(time: number): void {
    this.now = Math.max(this.now, time);
  }

  /** Another manager has another session; the random token changes too, and opens as much as any other. */
  restart(id: string): void {
    this.#session = { id, createdAt: floor(this.now), ...this.#times() };
  }

  createSession(): Foretold {
    Object.assign(this.#session, this.#times());
    const { id, expiresAt } = this.#session;
    const expiresIn = Math.floor((expiresAt - this.now) / 1000);
    const token = { accessToken: ADMIN_TOKEN, tokenType: 'Bearer', sessionId: id };
    return gives({ ...token, expiresIn, expiresAt: new Date(expiresAt), reused: true, evicted: [] });
  }

  refreshSession(): Foretold {
    return this.createSession();
  }

  validateSession(): Foretold {
    const { id, ...times } = this.#current();
    const info = { username: 'admin', type: TokenType.Access, jti: `${id}.a0`, sessionId: id };
    return gives({ ...info, ...asDates(times) }, 'admin');
  }

  sessionUsername(): Foretold {
    this.#current();
    return gives('admin');
  }

  invalidateSession(): Foretold {
    return gives({ invalidated: true, username: 'admin' });
  }

  invalidateAllSessions(username: string, { except }: { except?: string }): Foretold {
    return gives({ sessions: username === 'admin' && except !== this.#session.id ? 1 : 0, apiTokens: 0 });
  }

  invalidateEverySession({ except }: { except?: string }): Foretold {
    return gives({ sessions: except === this.#session.id ? 0 : 1, apiTokens: 0 });
  }

  updateSession(sessionId: string, _label: string | null, owner: Owner): Foretold {
    const isAdmins = !('username' in owner) || owner.username === 'admin';
    return gives(isAdmins && sessionId === this.#session.id);
  }

  browseSessions(): Foretold {
    const { gives: sessions } = this.listSessions('admin') as { gives: object[] };
    return gives(sessions.map((session) => ({ ...session, username: 'admin' })));
  }

  browseApiTokens = () => refuses('UNSUPPORTED_OPERATION');

  cleanupExpiredSessions(): Foretold {
    return gives(0);
  }

  nActiveSessions(): Foretold {
    return gives(1);
  }

  sessionToken(username: string): Foretold {
    return gives(username === 'admin' ? ADMIN_TOKEN : null);
  }

  listSessions(username: string): Foretold {
    if (username !== 'admin') return gives([]);
    const { id, ...times } = this.#current();
    const authenticatedAt = new Date(times.createdAt);
    return gives([{ sessionId: id, ...asDates(times), authenticatedAt, active: true }]);
  }

  createApiToken = () => refuses('UNSUPPORTED_OPERATION');
  invalidateApiToken = () => refuses('UNSUPPORTED_OPERATION');
  listApiTokens = () => refuses('UNSUPPORTED_OPERATION');

  #times() {
    const issuedAt = floor(this.now);
    return { issuedAt, lastAccessed: issuedAt, expiresAt: ceil(this.now) + this.#timeout };
  }

  /** As an access leaves it: it never expires. */
  #current() {
    if (this.now >= this.#session.expiresAt) Object.assign(this.#session, this.#times());
    this.#session.lastAccessed = floor(this.now);
    return this.#session;
  }
}

function asDates<T extends Record<string, number>>(times: T): Record<keyof T, Date> {
  return Object.fromEntries(Object.entries(times).map(([name, time]) => [name, new Date(time)])) as Record<
    keyof T,
    Date
  >;
}
