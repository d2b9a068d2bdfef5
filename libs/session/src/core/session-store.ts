import type { MaybePromise } from '../util/maybe-promise.js';
import type { Clock } from '../util/clock.js';
import type { ClockCorrection } from './latest-time.js';
import type { SessionRecord } from './session.js';

/** What happens at a limit: nothing is created, or another session goes for the new one. */
export type OnLimit = 'reject' | 'evict-oldest';

/** At a user's own limit the session that was not used for longest can go, too. */
export type OnUserLimit = OnLimit | 'evict-idle';

/** The limits that a session needs a free slot under, and what happens where there is none. */
export interface LimitRules {
  /** How many sessions may be active at once; `Infinity` for no limit, 0 for no slot at all. */
  readonly max: number;
  /** `evict-oldest` ends those that have held their slots for longest. */
  readonly onLimit: OnLimit;
  /** How many of them may be one user's. */
  readonly maxPerUser: number;
  /** `evict-oldest` goes by `createdAt`, `evict-idle` by `lastAccessed`; of equals the older goes. */
  readonly onUserLimit: OnUserLimit;
}

/** What `create` has to respect, in the same step in which it creates. */
export interface CreateRules extends LimitRules {
  /** Whether the user's oldest active session is to be answered instead of creating a second one. */
  readonly reuseExisting: boolean;
}

/** A session that went for another. */
export type EvictedSession = Pick<SessionRecord, 'id' | 'username'>;

/** No slot was free, and nothing has changed. */
export interface LimitReached {
  /** Nothing was created, or refreshed. */
  readonly outcome: 'limit-reached';
  /** Which limit stood in the way: that of all sessions, or the user's own. */
  readonly scope: 'all' | 'user';
  /** How many sessions are active under it. */
  readonly active: number;
}

/** What came of `create`. */
export type CreateResult =
  | {
      /** The session is there. */
      readonly outcome: 'created';
      /** The sessions that had to go for it. */
      readonly evicted: readonly EvictedSession[];
    }
  | {
      /** Nothing was created: the user has an active session, and the rules want that one. */
      readonly outcome: 'existing';
      /** The user's oldest active session. */
      readonly record: SessionRecord;
    }
  | LimitReached;

/** The members that a refresh replaces; the generation is the store's to count. */
export type Rotation = Pick<
  SessionRecord,
  | 'issuedAt'
  | 'lastAccessed'
  | 'expiresAt'
  | 'activeUntil'
  | 'refreshExpiresAt'
  | 'renewableUntil'
  | 'previousUntil'
>;

/** What came of `rotate`. */
export type RotateResult =
  | {
      /** The record is one generation further on. */
      readonly outcome: 'rotated';
      /** The record as it is now. */
      readonly record: SessionRecord;
      /** The sessions that had to go for it. */
      readonly evicted: readonly EvictedSession[];
    }
  | {
      /** Nothing changed: the record was further on already. */
      readonly outcome: 'stale';
      /** The record as it is. */
      readonly record: SessionRecord;
    }
  | {
      /** The session is not there. */
      readonly outcome: 'gone';
    }
  | LimitReached;

/** Why a session is revoked: by one of its tokens, by name, or because a refresh token was used twice. */
export type RevokeReason = 'logout' | 'revoked' | 'reuse';

/** What a store remembers of a session that is not there any more. */
export type Absence = 'expired' | 'idle' | RevokeReason | 'evicted';

/** How much a sweep may do in one slice. */
export interface SweepBudget {
  /** Milliseconds after which the slice stops. */
  readonly budgetMs: number;
  /** How many records it looks at between two looks at the clock. */
  readonly batchSize: number;
}

/** What came of one slice of a sweep. */
export interface SweepResult {
  /** How many records went. */
  readonly removed: number;
  /** Whether another slice would find more to remove. */
  readonly more: boolean;
}

/**
 * Where sessions live: the port that every backend implements.
 *
 * - Each verb is **one indivisible step**: no other verb's effect can fall between its reading and its writing.
 * - Expired, revoked and never-existed are one answer, "not there", and that is a value. A rejection means that
 *   the machinery broke; managers turn it into `SessionStoreUnavailableError`.
 * - Only `create` brings a record into being: no touch, refresh or retry revives one.
 * - `access`, `count` and limits go by `activeUntil`; `rotate`, `find`, `revoke`, `revokeByUser`, `listByUser`
 *   and `sweepExpired` by `renewableUntil`. Where a record has an `idleTimeout`, the smaller of these and
 *   `lastAccessed + idleTimeout` counts. No answer depends on a sweep having run.
 * - `now` is the manager's, in epoch milliseconds. One that is up to a minute earlier than was seen before counts as the
 *   latest seen; one that is earlier by more is the truth, since the clock was ahead before. The times in records are
 *   whole seconds, and a record that is issued more than a minute after `now` is not there: a wrong clock dated it.
 * - Nothing scans all sessions: creating, counting, finding cost O(1) or O(log n).
 * - The store knows no policy.
 *
 * The contract suite in `nestjs-session-manager/testing` checks all of this.
 */
export abstract class SessionStore {
  /** Whether several processes see the same sessions through this store. */
  abstract readonly shared: boolean;

  /** The clock of a remote store's server, so that records and claims share one time line. */
  readonly clock?: Clock;

  /**
   * Creates a session, or finds that it may not be. Creating one id again answers as the first time did,
   * since clients of remote stores resend. Judged in this order: the id, `reuseExisting`, the user's limit, the
   * limit of all; what is evicted at a user's limit frees slots under both, and nobody goes in vain.
   */
  abstract create(record: SessionRecord, rules: CreateRules, now: number): MaybePromise<CreateResult>;

  /**
   * The hot path: the record, if it is active and honours that generation (its own, or before `previousUntil`
   * the one before); notes the access in the same step. With `slideBy`, its three ends (`expiresAt`,
   * `activeUntil`, `renewableUntil`, which are one then) move on to that long after the end of the second of the
   * access, never back and never beyond `endsAt`; so that all accesses within one second need only one write.
   */
  abstract access(id: string, generation: number, now: number): MaybePromise<SessionRecord | undefined>;

  /**
   * Replaces generation `from` by `from + 1`. Judged in this order: `gone` (not there), `stale` (the record is
   * further on, unless this very `attempt` brought it there: then `rotated` again), `limit-reached` (its access
   * had lapsed and no slot is free; nothing changes). A `from` ahead of the record, which a fail-over of a remote
   * store can cause, moves it forward. Counts as an access; nothing of `next` is kept beyond `endsAt`.
   */
  abstract rotate(
    id: string,
    from: number,
    attempt: string,
    next: Rotation,
    rules: LimitRules,
    now: number,
  ): MaybePromise<RotateResult>;

  /** A reading that leaves no trace. */
  abstract find(id: string, now: number): MaybePromise<SessionRecord | undefined>;

  /** Ends a session; answers the record that it was, or `undefined` if it was not there. */
  abstract revoke(id: string, reason: RevokeReason, now: number): MaybePromise<SessionRecord | undefined>;

  /**
   * Ends all of a user's sessions but one; answers the ids of those that ended. What is over by `now` is removed too, if
   * it is still kept, since it would come back if that clock was ahead.
   */
  abstract revokeByUser(
    username: string,
    options: { readonly except?: string },
    now: number,
  ): MaybePromise<string[]>;

  /** A user's sessions, the oldest first. */
  abstract listByUser(username: string, now: number): MaybePromise<SessionRecord[]>;

  /** How many sessions are active. */
  abstract count(now: number): MaybePromise<number>;

  /** Frees what has expired, a slice at a time. */
  abstract sweepExpired(now: number, budget: SweepBudget): MaybePromise<SweepResult>;

  /**
   * Why a session is not there, as far as that is remembered: a bounded memory will do, and so will none, which
   * is the default. Asked only after another verb has said "not there".
   */
  absence(_id: string, _now: number): MaybePromise<Absence | undefined> {
    return undefined;
  }

  /**
   * Told that the clock of this process was wrong, and what time it is. A store that goes by that clock alone forgets
   * the latest time that it was told; if the clock was set back for good, it also ends all that it keeps, since nobody
   * can tell any more when that is over. Default: nothing, as befits a store that is shared and has a clock of its own.
   */
  clockCorrected(_correction: ClockCorrection): MaybePromise<void> {}

  /** Resolves if the store can answer. */
  abstract ping(): MaybePromise<void>;

  /** Lets go of connections and timers that are the store's own; a second time there is nothing left to do. */
  abstract close(): MaybePromise<void>;
}
