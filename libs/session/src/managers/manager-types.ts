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

/** What {@link SessionManager.invalidateAllSessions} answers. */
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
