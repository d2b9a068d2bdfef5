import type { SessionLogger } from './logger.js';
import { observe } from '../util/observer.js';
import { printableError } from '../util/text.js';

/** Something that happened to a session. Holds no token. Plain expiry is no event: nothing happens then. */
export type SessionEvent =
  | SessionEventOfUser
  | {
      /** All sessions ended at once, of all users. */
      readonly type: 'ended-all';
      /** Epoch milliseconds. */
      readonly at: number;
      /** How many sessions. */
      readonly count: number;
      /** Nobody's in particular. */
      readonly username?: undefined;
      /** No single one. */
      readonly sessionId?: undefined;
    };

/** Something that happened to one session, or to somebody who wanted one. */
export type SessionEventOfUser = {
  /** Epoch milliseconds. */
  readonly at: number;
  /** Whose session, or who wanted one. */
  readonly username: string;
} & (
  | {
      /** A login, a refresh, or the second use of a refresh token, which ends the session next. */
      readonly type: 'created' | 'refreshed' | 'reuse';
      /** Which session. */
      readonly sessionId: string;
    }
  | {
      /** A session ended before its time. */
      readonly type: 'ended';
      /** Which session. */
      readonly sessionId: string;
      /** By its own token, by name, for another session, or because a refresh token was used twice. */
      readonly reason: 'logout' | 'revoked' | 'evicted' | 'reuse';
    }
  | {
      /** A login, or the refresh of a lapsed session, found no free slot. */
      readonly type: 'limit';
      /** The lapsed session; absent at a login. */
      readonly sessionId?: string;
    }
);

/** Hears of events; what it answers is ignored. */
export type SessionEventListener = (event: SessionEvent) => unknown;

/** Where to hear of what happens to sessions. */
export interface SessionEvents {
  /**
   * Calls `listener` synchronously with every event from now on. One that throws or rejects is logged and ignored.
   *
   * @returns a function that ends the subscription.
   */
  subscribe(listener: SessionEventListener): () => void;
}

/** The end of {@link SessionEvents} that managers speak into. */
export class SessionEventBus implements SessionEvents {
  readonly #subscriptions = new Set<{ readonly listener: SessionEventListener }>();
  readonly #logger: SessionLogger;

  constructor(logger: SessionLogger) {
    this.#logger = logger;
  }

  subscribe(listener: SessionEventListener): () => void {
    const subscription = { listener };
    this.#subscriptions.add(subscription);
    return () => {
      this.#subscriptions.delete(subscription);
    };
  }

  emit(event: SessionEvent): void {
    Object.freeze(event);
    const report = (error: unknown) => this.#report(error);
    for (const subscription of [...this.#subscriptions]) {
      // One that a listener before it has ended hears nothing more.
      if (!this.#subscriptions.has(subscription)) continue;
      observe(() => subscription.listener(event), report);
    }
  }

  #report(error: unknown): void {
    this.#logger.error(`A listener of session events failed: ${printableError(error)}`);
  }
}
