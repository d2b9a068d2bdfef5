import type { ApiTokenChange, ApiTokenStore } from '../core/api-token-store.js';
import type {
  CredentialEnd,
  CredentialNews,
  CredentialStanding,
  CredentialWatch,
} from '../core/credential-watch.js';
import { isRefusal } from '../core/error-brand.js';
import { SessionStoreUnavailableError } from '../core/errors.js';
import type { SessionEvent, SessionEvents } from '../core/events.js';
import { activeEnd, isActive, isRenewable, renewableEnd } from '../core/expiry.js';
import { usableNow, type ManagerTime } from '../core/manager-time.js';
import type { SessionKeys } from '../core/session-keys.js';
import type { Absence, SessionChange, SessionStore } from '../core/session-store.js';
import { sessionInfo } from '../core/session-views.js';
import type { ActiveRecord, ApiTokenInfo, SessionInfo, SessionTokenInfo } from '../core/session.js';
import { formatJti, parseJti } from '../core/token-codec.js';
import { TokenType } from '../core/token-type.js';
import type { ApiTokens } from './api-tokens.js';
import type { AskedSessionStore } from './asked-stores.js';

/** What a manager is asked by, and what tells of its sessions and API tokens. */
export interface StoredCredentialsParts {
  readonly time: ManagerTime;
  readonly events: SessionEvents;
  readonly keys: SessionKeys;
  readonly sessions: AskedSessionStore;
  readonly apiTokens?: ApiTokens;
  /** Where both live, for the news of other processes. */
  readonly stores: {
    readonly sessions: Pick<SessionStore, 'shared' | 'subscribe'>;
    readonly apiTokens?: Pick<ApiTokenStore, 'shared' | 'subscribe'>;
  };
}

/** How many uses are noted at most while a session would fall idle, or slide. */
const USES_A_SPAN = 10;

/** The sessions and API tokens of a manager, of which its stores are asked. */
export class StoredCredentials implements CredentialWatch {
  readonly #parts: StoredCredentialsParts;

  constructor(parts: StoredCredentialsParts) {
    this.#parts = parts;
  }

  now(): number {
    return usableNow(this.#parts.time);
  }

  /** Of what this process does itself events tell at once; stores, which may tell of it again, of the others. */
  subscribe(listener: (news: CredentialNews) => void): () => void {
    const { events, keys, apiTokens, stores } = this.#parts;
    const tell = (news: CredentialNews | undefined) => news !== undefined && listener(news);
    const subscriptions = [
      () => stores.sessions.subscribe?.((change) => tell(newsOfSession(change))),
      () => stores.apiTokens?.subscribe?.((change) => listener(newsOfApiToken(change))),
      () => apiTokens?.onEndOfUsers((username) => listener({ type: 'api-tokens-in-doubt', username })),
      () => keys.onLeftOut((signers) => listener({ type: 'keys-left-out', signers })),
      () => events.subscribe((event) => tell(newsOfEvent(event))),
    ];
    const ends: ((() => void) | undefined)[] = [];
    const unsubscribe = () => ends.forEach((end) => end?.());
    try {
      for (const subscribe of subscriptions) ends.push(subscribe());
      return unsubscribe;
    } catch (cause) {
      unsubscribe();
      throw new SessionStoreUnavailableError('The session store cannot be listened to', { cause });
    }
  }

  tellsOf(type: SessionInfo['type']): boolean {
    const { sessions, apiTokens } = this.#parts.stores;
    const store = type === TokenType.Api ? apiTokens : sessions;
    return store === undefined || !store.shared || store.subscribe !== undefined;
  }

  async look(session: SessionInfo): Promise<CredentialStanding> {
    const now = this.now();
    if (session.type === TokenType.Api) return this.#lookAtApiToken(session, now);
    const record = await this.#parts.sessions.find(session.sessionId, now);
    return record === undefined ? this.#absence(session, now) : standingOf(record, session, now);
  }

  async use(session: SessionInfo): Promise<CredentialStanding> {
    const { sessions, time } = this.#parts;
    const now = this.now();
    if (session.type !== TokenType.Access || !time.isCertain) return this.look(session);
    const found = await sessions.find(session.sessionId, now);
    const record = found && (await sessions.access(found.id, found.generation, now));
    // Refreshed in between, which is a use of its own, or over.
    return record === undefined ? this.look(session) : standingOf(record, session, now);
  }

  signerOf(token: string): string | undefined {
    return this.#parts.keys.signerOf(token);
  }

  async #lookAtApiToken(token: ApiTokenInfo, now: number): Promise<CredentialStanding> {
    const times = { issuedAt: token.issuedAt.getTime(), expiresAt: token.expiresAt.getTime() };
    if (now >= times.expiresAt) return { over: 'expired' };
    try {
      const session = await this.#parts.apiTokens!.admit({ ...token, times }, now);
      return { session, until: session.expiresAt.getTime() };
    } catch (error) {
      if (isRefusal(error)) return { over: 'revoked' };
      throw error;
    }
  }

  async #absence(session: SessionTokenInfo, now: number): Promise<CredentialStanding> {
    const generation = parseJti(session.jti)?.generation ?? 0;
    const absence = await this.#parts.sessions.absence(session.sessionId, generation, now);
    return { over: absence === undefined ? 'unknown' : ENDS[absence] };
  }
}

/** How a session stands that is there, for what an access token has opened, or a refresh token. */
function standingOf(record: ActiveRecord, opened: SessionTokenInfo, now: number): CredentialStanding {
  const { type, issuer, audience } = opened;
  const isAccess = type === TokenType.Access;
  if (!(isAccess ? isActive(record, now) : isRenewable(record, now))) return { over: 'expired' };
  const { id, generation, lastAccessed, idleTimeout, slideBy } = record;
  const jti = formatJti(id, type, generation);
  const session = sessionInfo(record, { type, id, generation, jti, issuer, audience });
  const until = isAccess ? activeEnd(record) : renewableEnd(record);
  const span = isAccess ? (idleTimeout ?? slideBy) : undefined;
  return { session, until, ...(span !== undefined && { useFrom: lastAccessed + span / USES_A_SPAN }) };
}

const ENDS: Readonly<Record<Absence, CredentialEnd | 'unknown'>> = {
  logout: 'logout',
  revoked: 'revoked',
  evicted: 'evicted',
  reuse: 'reuse',
  expired: 'expired',
  idle: 'expired',
  rotated: 'unknown',
};

function newsOfEvent(event: SessionEvent): CredentialNews | undefined {
  switch (event.type) {
    case 'ended':
      return { type: 'session-ended', sessionId: event.sessionId, reason: event.reason };
    case 'ended-all':
      return { type: 'all-sessions-ended', except: event.except };
    case 'api-token-ended':
      return { type: 'api-token-ended', jti: event.jti };
    case 'api-tokens-ended-all':
      return { type: 'all-api-tokens-ended' };
    case 'created':
    case 'refreshed':
    case 'reuse':
    case 'limit':
    case 'api-token-created':
      return undefined;
  }
}

function newsOfSession(change: SessionChange): CredentialNews | undefined {
  switch (change.type) {
    case 'ended':
      return { type: 'session-ended', sessionId: change.id, reason: change.reason ?? 'revoked' };
    case 'ended-all':
      return { type: 'all-sessions-ended', except: change.except };
    case 'missed':
      return { type: 'sessions-in-doubt' };
    case 'rotated':
      return undefined;
  }
}

function newsOfApiToken(change: ApiTokenChange): CredentialNews {
  switch (change.type) {
    case 'ended':
      return { type: 'api-token-ended', jti: change.jti };
    case 'ended-all':
      return { type: 'all-api-tokens-ended' };
    case 'missed':
      return { type: 'all-api-tokens-in-doubt' };
  }
}
