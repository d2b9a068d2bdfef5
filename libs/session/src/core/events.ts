import type { SessionLogger } from './logger.js';
import { Listeners } from '../util/listeners.js';
import { printableError } from '../util/text.js';

/** Something that happened to a session or an API token. Holds no token. Plain expiry is no event: nothing happens then. */
export type SessionEvent =
  | SessionEventOfUser
  | ApiTokenEvent
  | {
      /** All sessions ended at once, of all users. */
      readonly type: 'ended-all';
      /** Epoch milliseconds. */
      readonly at: number;
      /** How many sessions. */
      readonly count: number;
      /** The session that was spared; absent where none was to be. */
      readonly except?: string;
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

/** Something that happened to API tokens, which belong to no session. */
export type ApiTokenEvent = {
  /** Epoch milliseconds. */
  readonly at: number;
  /** No session's. */
  readonly sessionId?: undefined;
} & (
  | {
      /** One was made and registered. */
      readonly type: 'api-token-created';
      /** Whose. */
      readonly username: string;
      /** Which. */
      readonly jti: string;
      /** What its owner called it. */
      readonly label?: string;
    }
  | {
      /** One ended before its time. */
      readonly type: 'api-token-ended';
      /** Whose; absent for one that another program registered without an owner. */
      readonly username?: string;
      /** Which. */
      readonly jti: string;
      /** What its owner called it, where it ended by itself and not with all of its owner's. */
      readonly label?: string;
    }
  | {
      /** All API tokens ended at once, of all users. */
      readonly type: 'api-tokens-ended-all';
      /** How many. */
      readonly count: number;
      /** Nobody's in particular. */
      readonly username?: undefined;
    }
);

/** Hears of events; what it answers is ignored. */
export type SessionEventListener = (event: SessionEvent) => unknown;

/** Where to hear of what happens to sessions and API tokens. */
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
  readonly #listeners: Listeners<SessionEvent>;

  constructor(logger: SessionLogger) {
    this.#listeners = new Listeners((error) =>
      logger.error(`A listener of session events failed: ${printableError(error)}`),
    );
  }

  subscribe(listener: SessionEventListener): () => void {
    return this.#listeners.add(listener);
  }

  emit(event: SessionEvent): void {
    this.#listeners.tell(Object.freeze(event));
  }
}
