import { setImmediate } from 'node:timers/promises';
import type { CredentialNews, CredentialWatch } from '../../core/credential-watch.js';
import type { SessionLogger } from '../../core/logger.js';
import type { SessionInfo } from '../../core/session.js';
import { TokenType } from '../../core/token-type.js';
import { CappedLog } from '../../util/capped-log.js';
import { isWithin, monotonicClock, SECOND } from '../../util/clock.js';
import type { MaybePromise } from '../../util/maybe-promise.js';
import { observe } from '../../util/observer.js';
import { printableError } from '../../util/text.js';
import { connectionEnd, type ConnectionEndReason } from './connection-end.js';
import { QUARTER } from './due-times.js';
import { Looks, type Found } from './looks.js';
import type { OpenConnection } from './open-connection.js';
import { OpenConnections, type ConnectionTarget } from './open-connections.js';
import { refusalOf } from './refusal-of.js';

/** So many connections are closed in one turn, and others have theirs in between. */
const CLOSED_AT_ONCE = 256;
/** How long after an answer that did not come it is asked for again, in milliseconds. */
const ASK_AGAIN = SECOND;

/** Times are milliseconds. */
export interface KeeperSettings {
  /** How often what nobody tells of is looked at. */
  readonly recheck: number;
  /** For how long a connection stays open of which nobody can tell how it stands. */
  readonly maxUnknown: number;
  readonly resolveUser?: (session: SessionInfo) => unknown;
  readonly tellRefusalReason?: boolean;
  readonly logger: SessionLogger;
}

/**
 * Keeps the connections that are open, and ends them: by the news of what opened them, and where their time has come by a
 * look. One timer serves all, and only while there are any.
 */
export class ConnectionKeeper {
  readonly #watch: CredentialWatch;
  readonly #settings: KeeperSettings;
  readonly #open = new OpenConnections();
  readonly #looks: Looks;
  readonly #closings: CappedLog;
  readonly #failures: CappedLog;
  #rest: (() => void) | undefined;
  /** The manager's time, when it was last known. */
  #latest = -Infinity;
  /** Since when the manager's time is not known, by the monotonic clock. */
  #timelessSince: number | undefined;

  constructor(watch: CredentialWatch, settings: KeeperSettings) {
    this.#watch = watch;
    this.#settings = settings;
    this.#looks = new Looks(watch, settings.resolveUser, {
      stands: (connection, found) => this.#stands(connection, found),
      isOver: (connection, reason) => this.#isOver(connection, reason),
      isUnknown: (connection) => this.#isUnknown(connection),
    });
    const { logger } = settings;
    this.#closings = new CappedLog((line) => logger.debug(line));
    this.#failures = new CappedLog((line) => logger.error(line));
  }

  get size(): number {
    return this.#open.size;
  }

  of(target: ConnectionTarget): readonly OpenConnection[] {
    return this.#open.of(target);
  }

  /** @throws SessionStoreUnavailableError while the time is not known. */
  add(connection: OpenConnection): void {
    this.#latest = this.#watch.now();
    this.#rest ??= this.#wake();
    this.#open.add(connection);
    connection.isKept = true;
  }

  /** A look at one whose user was resolved just now; resolves to why nothing is known, and else to `undefined`. */
  look(connection: OpenConnection): Promise<Error | undefined> {
    return this.#looks.atFirst(connection);
  }

  /** @throws SessionError if the message must not be let in. */
  admitMessage(connection: OpenConnection): MaybePromise<void> {
    if (connection.ended !== undefined) throw refusalOf(connection.ended, connection.session);
    const now = this.#watch.now();
    if (now >= connection.until) return this.#admitIfRenewed(connection);
    if (connection.useFrom === undefined || now < connection.useFrom) return;
    connection.useFrom = undefined;
    void this.#looks.use(connection);
  }

  /** It has closed by itself. */
  forget(connection: OpenConnection): void {
    if (this.#take(connection, 'forgotten')) this.#restIfNone();
  }

  /** Closes them; answers how many were open. */
  end(connections: readonly OpenConnection[], reason: ConnectionEndReason): number {
    const ending = connections.filter((connection) => this.#take(connection, reason));
    void this.#closeAll(ending, reason);
    this.#restIfNone();
    return ending.length;
  }

  /** Closes all; resolves when all have been told. */
  async endAll(reason: ConnectionEndReason): Promise<void> {
    const ending = this.#open.all().filter((connection) => this.#take(connection, reason));
    this.#restIfNone();
    await this.#closeAll(ending, reason);
  }

  async #admitIfRenewed(connection: OpenConnection): Promise<void> {
    const failure = await this.#looks.at(connection);
    if (failure !== undefined) throw failure;
    if (connection.ended !== undefined) throw refusalOf(connection.ended, connection.session);
  }

  /** Takes it out of what is open; answers whether it was. */
  #take(connection: OpenConnection, ended: NonNullable<OpenConnection['ended']>): boolean {
    if (connection.ended !== undefined) return false;
    connection.ended = ended;
    if (connection.isKept) this.#open.remove(connection);
    this.#looks.forget(connection);
    return true;
  }

  /** Many in several turns: none of them lets a message in any more meanwhile. */
  async #closeAll(connections: readonly OpenConnection[], reason: ConnectionEndReason): Promise<void> {
    if (connections.length === 0) return;
    const end = connectionEnd(reason, this.#settings);
    for (const [place, connection] of connections.entries()) {
      if (place > 0 && place % CLOSED_AT_ONCE === 0) await setImmediate();
      this.#closings.note(() => `Closed a connection of ${nameOf(connection)}: ${reason}`);
      observe(
        () => connection.close(end),
        (error) => this.#failures.note(() => `A connection could not be closed: ${printableError(error)}`),
      );
    }
  }

  #stands(connection: OpenConnection, { until, useFrom }: Found): void {
    connection.until = until;
    connection.useFrom = useFrom;
    connection.unknownSince = undefined;
    if (!isLookedAfter(connection)) return;
    const now = this.#now();
    const dueAt = this.#watch.tellsOf(connection.session.type)
      ? until
      : Math.min(until, now + this.#settings.recheck);
    this.#open.postpone(connection, Math.max(dueAt, now + 1));
  }

  #isOver(connection: OpenConnection, reason: ConnectionEndReason | 'unknown'): void {
    if (reason !== 'unknown') this.end([connection], reason);
    else this.end([connection], this.#now() >= connection.until ? 'expired' : 'revoked');
  }

  #isUnknown(connection: OpenConnection): void {
    if (!isLookedAfter(connection)) return;
    const now = this.#now();
    connection.unknownSince ??= now;
    if (isWithin(connection.unknownSince, this.#settings.maxUnknown, now)) {
      this.#open.postpone(connection, now + ASK_AGAIN);
    } else this.end([connection], 'unavailable');
  }

  /** Begins to listen and to look at the clock; answers how to leave off. */
  #wake(): () => void {
    const unsubscribe = this.#watch.subscribe((news) => this.#hear(news));
    const timer = setInterval(() => this.#visit(), QUARTER).unref();
    return () => {
      clearInterval(timer);
      unsubscribe();
    };
  }

  #restIfNone(): void {
    if (this.#open.size > 0) return;
    this.#rest?.();
    this.#rest = undefined;
  }

  #visit(): void {
    try {
      this.#latest = this.#watch.now();
      this.#timelessSince = undefined;
    } catch {
      this.#visitWithoutTime();
      return;
    }
    this.#looks.add(this.#open.due(this.#latest));
  }

  /** Nobody can tell what is due. */
  #visitWithoutTime(): void {
    const elapsed = monotonicClock();
    this.#timelessSince ??= elapsed;
    if (elapsed - this.#timelessSince >= this.#settings.maxUnknown) void this.endAll('unavailable');
  }

  /** The manager's time, or the latest that was known. */
  #now(): number {
    try {
      this.#latest = this.#watch.now();
    } catch {
      // What becomes of all is decided at the next visit.
    }
    return this.#latest;
  }

  #hear(news: CredentialNews): void {
    switch (news.type) {
      case 'session-ended':
        this.end(this.#open.of({ sessionId: news.sessionId }), news.reason);
        break;
      case 'api-token-ended':
        this.end(this.#open.of({ jti: news.jti }), 'revoked');
        break;
      case 'all-sessions-ended':
        this.end(this.#open.ofSessions().filter(isNot(news.except)), 'revoked');
        break;
      case 'all-api-tokens-ended':
        this.end(this.#open.ofApiTokens(), 'revoked');
        break;
      case 'api-tokens-in-doubt':
        this.#looks.addAnew(this.#open.of({ username: news.username }).filter(isOfApiToken));
        break;
      case 'sessions-in-doubt':
        this.#looks.addAnew(this.#open.ofSessions());
        break;
      case 'all-api-tokens-in-doubt':
        this.#looks.addAnew(this.#open.ofApiTokens());
        break;
      case 'keys-left-out':
        this.end(this.#open.all().filter(isSignedByAnyOf(news.signers)), 'expired');
        break;
    }
  }
}

/** An answer may come when its connection is no more. */
function isLookedAfter({ isKept, ended }: OpenConnection): boolean {
  return isKept && ended === undefined;
}

function isNot(except: string | undefined): (connection: OpenConnection) => boolean {
  return ({ session }) => session.type === TokenType.Api || session.sessionId !== except;
}

function isOfApiToken({ session }: OpenConnection): boolean {
  return session.type === TokenType.Api;
}

/** One of which nobody told the key may be theirs. */
function isSignedByAnyOf(signers: ReadonlySet<string>): (connection: OpenConnection) => boolean {
  return ({ signer }) => signer === undefined || signer === null || signers.has(signer);
}

function nameOf({ session }: OpenConnection): string {
  return session.type === TokenType.Api ? `API token ${session.jti}` : `session ${session.sessionId}`;
}
