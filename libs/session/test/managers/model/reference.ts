import type { DatasetPermissions } from '../../../src/core/datasets.js';
import type { SessionEvent } from '../../../src/core/events.js';
import type { TokenType } from '../../../src/core/token-type.js';
import type { Foretold } from './outcome.js';

/** A token that was handed out. Its name stands for its text: the `jti` of a JWT, and what would be that of others. */
export interface HandedOut {
  readonly name: string;
  readonly type: TokenType;
  readonly username: string;
  /** Absent of API tokens. */
  readonly session?: { readonly id: string; readonly generation: number };
  /** What the token itself carries, if it carries times. */
  readonly carries?: { readonly issuedAt: number; readonly expiresAt: number };
}

/** What is presented as a token: one that was handed out, a forged one, or nothing. */
export type Presented = HandedOut | 'forged' | undefined;

/** What names the session to end. */
export type Target =
  | { readonly by: 'token'; readonly token: Presented }
  | { readonly by: 'jti'; readonly jti: string }
  | { readonly by: 'sessionId'; readonly sessionId: string };

/**
 * Foretells what a manager does, operation by operation. Chance is given in: the id of what was created, should
 * anything have been.
 */
export interface Reference {
  readonly now: number;
  /** All tokens ever handed out, in that order. */
  readonly handedOut: readonly HandedOut[];
  /** Ids of the sessions that are there, if only to be refreshed. */
  readonly present: readonly string[];
  /** Moments still to come at which something changes, the next one first. */
  edges(): number[];
  /** What was told since this was last asked. */
  takeEvents(): SessionEvent[];
  /** Whether the contract leaves open that this is told. */
  leavesOpen(event: SessionEvent): boolean;
  at(time: number): void;
  restart(adminId?: string): void;
  createSession(
    username: string,
    details: { label: string } | undefined,
    newId: string | undefined,
  ): Foretold;
  validateSession(
    token: Presented,
    accept: readonly TokenType[] | undefined,
    traceless?: 'traceless',
  ): Foretold;
  sessionUsername(token: Presented): Foretold;
  refreshSession(token: Presented): Foretold;
  invalidateSession(target: Target, owner: Owner): Foretold;
  invalidateAllSessions(username: string, options: { except?: string; apiTokens?: boolean }): Foretold;
  invalidateEverySession(options: { except?: string; apiTokens?: boolean }): Foretold;
  updateSession(sessionId: string, label: string | null, owner: Owner): Foretold;
  /** All pages together. */
  browseSessions(): Foretold;
  browseApiTokens(): Foretold;
  cleanupExpiredSessions(): Foretold;
  nActiveSessions(): Foretold;
  sessionToken(username: string): Foretold;
  listSessions(username: string): Foretold;
  createApiToken(username: string, request: ApiTokenRequest, newJti: string | undefined): Foretold;
  invalidateApiToken(target: { token: Presented } | { jti: string }, owner: Owner): Foretold;
  listApiTokens(username: string): Foretold;
}

/** Whose it has to be: whoever's, where no member is given. */
export interface Owner {
  readonly username?: string | undefined;
}

export interface ApiTokenRequest {
  readonly expiration?: number | Date;
  readonly datasets?: DatasetPermissions;
  readonly label?: string;
}
