import type { Clock } from '../util/clock.js';
import type { MaybePromise } from '../util/maybe-promise.js';
import type { Page, PageRequest, SweepBudget, SweepResult } from './session-store.js';

/** All that is kept of an API token; never the token itself. Times are epoch milliseconds. */
export interface ApiTokenRecord {
  /** The token's own identifier; no credential. */
  readonly jti: string;
  /** Whose it is; absent for a token that another program registered without an owner. */
  readonly username?: string;
  /** When it was issued; absent for a token that another program registered without it. */
  readonly issuedAt?: number;
  /** From then on it is not valid. */
  readonly expiresAt: number;
  /** When it was last used; absent if never. */
  readonly lastAccessed?: number;
  /** For the user's list. */
  readonly label?: string;
}

/** What the signature of a presented token vouches for. */
export interface SignedApiToken {
  /** Its `sub`. */
  readonly username: string;
  /** Its `iat`, as epoch milliseconds. */
  readonly issuedAt: number;
}

/** Something that a step of any process has done to API tokens; plain expiry is nothing that is done. */
export type ApiTokenChange =
  | {
      /** The token is not there any more. */
      readonly type: 'ended';
      /** Which. */
      readonly jti: string;
      /** Whose it was, where that is known. */
      readonly username?: string;
    }
  | {
      /** No token is there any more. */
      readonly type: 'ended-all';
    }
  | {
      /** Changes may have passed unheard, since the way that they come was cut for a while; from here on they come again. */
      readonly type: 'missed';
    };

/**
 * Where API tokens are registered, the port that every backend implements: a token is good only while its record is
 * there.
 *
 * The rules of `SessionStore` hold: each verb one indivisible step, "not there" is a value, a rejection means that the
 * machinery broke, only `put` brings a record into being, and no answer depends on a sweep. `now` is the manager's, in
 * epoch milliseconds, and taken as `SessionStore` takes it; a record or a cut-off that lies more than a minute ahead of
 * it was dated by a wrong clock, and counts for nothing.
 *
 * The contract suite in `nestjs-session-manager/testing` checks all of this.
 */
export abstract class ApiTokenStore {
  /** Whether several processes see the same tokens through this store. */
  abstract readonly shared: boolean;

  /** The clock of a remote store's server. */
  readonly clock?: Clock;

  /**
   * Registers a token, unless `revokeByUser` has ended its owner's, or `revokeAll` everybody's, at `now` or later: `now` is when the making of the
   * token began, which may have waited since. Answers whether the token is registered; once that is `true`, the token
   * survives whatever the store promises to survive.
   */
  abstract put(record: ApiTokenRecord, now: number): MaybePromise<boolean>;

  /** The unexpired record, if it is not another user's and no cut-off refuses it; notes the access. */
  abstract access(jti: string, signed: SignedApiToken, now: number): MaybePromise<ApiTokenRecord | undefined>;

  /**
   * Ends a token, with `username` only that user's, and given as `undefined` nobody's; an expired one too, while a
   * sweep has not dropped it. Answers the record that it was.
   */
  abstract revoke(
    jti: string,
    owner: { readonly username?: string },
    now: number,
  ): MaybePromise<ApiTokenRecord | undefined>;

  /**
   * Ends all of a user's tokens, those too that are over by `now` and still kept, and answers the `jti`s of the
   * unexpired ones; `put` registers none of the user's from here on that was begun up to now. Records without an owner
   * may be the user's too: of those, tokens signed for this user up to now are refused from here on.
   */
  abstract revokeByUser(username: string, now: number): MaybePromise<string[]>;

  /**
   * Ends all tokens of all users, without going over them, and refuses from here on what `revokeByUser` would for each.
   * Answers how many ended that `now` was not the end of already. A cut-off, this one or a user's, may be forgotten after
   * the longest life of a token, ten years.
   */
  abstract revokeAll(now: number): MaybePromise<number>;

  /**
   * A page of the unexpired tokens, in an order of their `jti`s that does not change. One that is there during a whole
   * walk is on exactly one page. `undefined` for an `after` that no page has answered.
   */
  abstract browse(request: PageRequest, now: number): MaybePromise<Page<ApiTokenRecord> | undefined>;

  /** A user's unexpired tokens, the oldest first. */
  abstract listByUser(username: string, now: number): MaybePromise<ApiTokenRecord[]>;

  /** Frees what has expired, a slice at a time. */
  abstract sweepExpired(now: number, budget: SweepBudget): MaybePromise<SweepResult>;

  /** As `SessionStore.newId`, for the `jti` of a token that is to be made for that user. */
  newJti?(username: string): string;

  /** As `SessionStore.subscribe`. */
  subscribe?(listener: (change: ApiTokenChange) => void): () => void;

  /** Resolves if the store can answer. */
  abstract ping(): MaybePromise<void>;

  /** Lets go of files and connections that are the store's own; a second time there is nothing left to do. */
  abstract close(): MaybePromise<void>;
}
