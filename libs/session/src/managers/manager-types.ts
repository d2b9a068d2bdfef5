import type { ListedApiToken } from '../core/api-token.js';
import type { ListedSession } from '../core/session.js';
import type { TokenType } from '../core/token-type.js';

/** Names the session that is to end: by any of its tokens, by the `jti` of one, or by its id. */
export type SessionTarget =
  | string
  | {
      /** The `jti` of any of its tokens. */
      readonly jti: string;
    }
  | {
      /** As `SessionTokens` and `listSessions` give it. */
      readonly sessionId: string;
    };

/** What came of an invalidation: whose session ended, or that none did. */
export type InvalidatedSession =
  | {
      /** A session ended. */
      readonly invalidated: true;
      /** Whose it was. */
      readonly username: string;
    }
  | {
      /** None ended: there was none, or it was not that user's. */
      readonly invalidated: false;
      /** Nobody's. */
      readonly username: null;
    };

/** What {@link SessionManager.invalidateAllSessions} and {@link SessionManager.invalidateEverySession} answer. */
export interface InvalidatedCounts {
  /** How many sessions ended. */
  readonly sessions: number;
  /** How many API tokens ended. */
  readonly apiTokens: number;
}

/** What {@link SessionManager.validateSession} lets in. */
export interface ValidateOptions {
  /** The token types to accept, and no others; `[]` accepts none. Default, for `undefined` too: access and api. */
  readonly accept?: readonly TokenType[];
  /** Whether the store itself is asked, past whatever it has nearby (`nearCache`). Default: `false`. */
  readonly fresh?: boolean;
}

/** Whose session or API token may end. */
export interface InvalidateOptions {
  /** Ends it only if it is this user's; given as `undefined`, nobody's. Default, if left out: whoever's it is. */
  readonly username?: string;
}

/** What {@link SessionManager.invalidateAllSessions} spares. */
export interface InvalidateAllOptions {
  /** The id of a session to keep: "log out my other devices". Default, if left out: none. */
  readonly except?: string;
  /** Whether API tokens end too. Default: `true` without `except`, `false` with it. */
  readonly apiTokens?: boolean;
}

/** What {@link SessionManager.invalidateEverySession} spares. */
export interface InvalidateEveryOptions {
  /** The id of a session to keep: that of whoever asks. Default, if left out: none. */
  readonly except?: string;
  /** Whether API tokens end too. Default: `true`. */
  readonly apiTokens?: boolean;
}

/** What {@link SessionManager.updateSession} changes. */
export interface SessionChanges {
  /** By key: a new text, or `null` for one that is to go. What is not named stays. */
  readonly details?: Readonly<Record<string, string | null | undefined>>;
}

/** Which page of all is wanted. */
export interface BrowseOptions {
  /** The `next` of the page before. Default: the beginning. */
  readonly after?: string;
  /** How many there may be on it, 1 to 1000. Default: 100. */
  readonly limit?: number;
}

/** A page of all active sessions; holds nothing that logs in. */
export interface BrowsedSessions {
  /** Who took a slot last first. Fewer than were asked for, or none, say nothing of what is left. */
  readonly sessions: readonly (ListedSession & {
    /** Whose it is. */
    readonly username: string;
  })[];
  /** What to give as `after` for what is left; absent at the end. */
  readonly next?: string;
}

/** A page of all API tokens; holds nothing that logs in. */
export interface BrowsedApiTokens {
  /** In an order of their `jti`s. Fewer than were asked for, or none, say nothing of what is left. */
  readonly apiTokens: readonly (ListedApiToken & {
    /** Whose it is; absent for one that another program registered without an owner. */
    readonly username?: string;
  })[];
  /** What to give as `after` for what is left; absent at the end. */
  readonly next?: string;
}
