import type { MaybePromise } from '../util/maybe-promise.js';
import type { Clock } from '../util/clock.js';
import type { ClockCorrection } from './latest-time.js';
import type { ActiveRecord, Amendment, SessionRecord } from './session.js';

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

/**
 * The members that a refresh replaces; the generation is the store's to count. A time that is absent goes, and any
 * other member that is absent stays as it is.
 */
export type Rotation = Pick<
  SessionRecord,
  | 'issuedAt'
  | 'lastAccessed'
  | 'expiresAt'
  | 'activeUntil'
  | 'refreshExpiresAt'
  | 'renewableUntil'
  | 'previousUntil'
> &
  Partial<Pick<SessionRecord, 'authenticatedAt' | 'authenticatedIn' | 'acr' | 'amr' | 'claims'>>;

/** What `rotate` is asked for. */
export interface RotationRequest {
  /** The generation that the presented token names. */
  readonly from: number;
  /** Names this refresh: repeating it gets the same answer. */
  readonly attempt: string;
  /** What the record becomes. */
  readonly next: Rotation;
  /** The limits that a lapsed session needs a slot under. */
  readonly rules: LimitRules;
}

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

/** What came of `amend`. */
export type AmendResult =
  | {
      /** The record has the members as they were asked for. */
      readonly outcome: 'amended';
      /** The record as it is now. */
      readonly record: SessionRecord;
    }
  | {
      /** The session is not there, or not that user's. */
      readonly outcome: 'gone';
    }
  | {
      /** Nothing changed: they would have come to more than 2 KiB. */
      readonly outcome: 'too-large';
    };

/** Where a walk over all goes on, and how far. */
export interface PageRequest {
  /** The `next` of the page before. Default: the beginning. */
  readonly after?: string;
  /** How many there may be on the page. */
  readonly limit: number;
}

/** A part of all. */
export interface Page<T> {
  /** At most as many as were asked for; fewer, or none, say nothing of what is left. */
  readonly records: readonly T[];
  /** Where it goes on; absent at the end. */
  readonly next?: string;
}

/** Something that a step of any process has done to sessions; plain expiry is nothing that is done. */
export type SessionChange =
  | {
      /** The session is not there any more. */
      readonly type: 'ended';
      /** Which. */
      readonly id: string;
      /** Whose. */
      readonly username: string;
      /** Why, where the store knows. */
      readonly reason?: RevokeReason | 'evicted';
    }
  | {
      /** Its tokens were replaced. */
      readonly type: 'rotated';
      /** Which. */
      readonly id: string;
      /** Whose. */
      readonly username: string;
    }
  | {
      /** No session is there any more. */
      readonly type: 'ended-all';
      /** But this one, if it was there. */
      readonly except?: string;
    }
  | {
      /** Changes may have passed unheard, since the way that they come was cut for a while; from here on they come again. */
      readonly type: 'missed';
    };

/** Why a session is revoked: by one of its tokens, by name, or because a refresh token was used twice. */
export type RevokeReason = 'logout' | 'revoked' | 'reuse';

/** Why a generation of a session is not honoured: what a store remembers of one that is gone, or sees of one that is there. */
export type Absence = 'expired' | 'idle' | 'rotated' | RevokeReason | 'evicted';

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

/** How `access` is to be answered. */
export interface AccessOptions {
  /** Past whatever a store has nearby. Default: `false`. */
  readonly fresh?: boolean;
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
 *   At a remote store the later of `now` and the server's own time counts, but no more than a minute beyond the
 *   server's, so that a process which was stopped in between revives nothing; and sweeps go by the server's alone, since
 *   else one replica whose clock is ahead would sweep everybody. With a clock that was given to such a store, `now` alone
 *   counts.
 * - Members of a record that a store does not know are kept, and given back as they are.
 * - Nothing scans all sessions: creating, counting, finding cost O(1) or O(log n).
 * - The store knows no policy.
 *
 * The contract suite in `nestjs-session-manager/testing` checks all of this.
 */
export abstract class SessionStore {
  /** Whether several processes see the same sessions through this store. */
  abstract readonly shared: boolean;

  /** Whether `max`, the limit of all users' sessions, can be held. Default: `true`. */
  get limitsAll(): boolean {
    return true;
  }

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
   * the one before), without what only lists and refreshes look at; notes the access in the same step. With `slideBy`, its three ends (`expiresAt`,
   * `activeUntil`, `renewableUntil`, which are one then) move on to that long after the end of the second of the
   * access, never back and never beyond `endsAt`; so that all accesses within one second need only one write.
   */
  abstract access(
    id: string,
    generation: number,
    now: number,
    options?: AccessOptions,
  ): MaybePromise<ActiveRecord | undefined>;

  /**
   * Replaces generation `from` by `from + 1`. Judged in this order: `gone` (not there), `stale` (the record is
   * further on, unless this very `attempt` brought it there: then `rotated` again), `limit-reached` (its access
   * had lapsed and no slot is free; nothing changes). A `from` ahead of the record, which a fail-over of a remote
   * store can cause, moves it forward. Counts as an access; nothing of `next` is kept beyond `endsAt`.
   */
  abstract rotate(id: string, request: RotationRequest, now: number): MaybePromise<RotateResult>;

  /**
   * Changes what a session carries, key by key, without being an access: moves no time, creates nothing. With `username`
   * only that user's, and given as `undefined` nobody's. Judged in this order: `gone`, `too-large` ({@link amended}).
   */
  abstract amend(
    id: string,
    amendment: Amendment & { readonly username?: string },
    now: number,
  ): MaybePromise<AmendResult>;

  /** A reading that leaves no trace. */
  abstract find(id: string, now: number): MaybePromise<SessionRecord | undefined>;

  /**
   * Ends a session, with `username` only that user's, and given as `undefined` nobody's; answers the record that it was,
   * or `undefined` if it was not there, or not that user's.
   */
  abstract revoke(
    id: string,
    reason: RevokeReason,
    owner: { readonly username?: string },
    now: number,
  ): MaybePromise<SessionRecord | undefined>;

  /**
   * Ends all of a user's sessions but one; answers the ids of those that ended. What is over by `now` is removed too, if
   * it is still kept, since it would come back if that clock was ahead.
   */
  abstract revokeByUser(
    username: string,
    options: { readonly except?: string },
    now: number,
  ): MaybePromise<string[]>;

  /**
   * Ends all sessions of all users but one, without going over them: from this step on they are not there, for no verb
   * and no limit; freeing them is the sweep's. A store counts the eras that begin with it, and each record keeps that of
   * its creation; a time would not do, since several logins lie in one second. Answers how many ended that `now` was not
   * the end of already.
   */
  abstract revokeAll(options: { readonly except?: string }, now: number): MaybePromise<number>;

  /**
   * A page of the active sessions, who took a slot last first: at the login, or at the refresh of a lapsed session. One that
   * keeps its slot during a walk is on exactly one page, whatever became of the one at the end of the page before.
   * O(log n + limit). `undefined` for an `after` that no page has answered.
   */
  abstract browse(request: PageRequest, now: number): MaybePromise<Page<SessionRecord> | undefined>;

  /** A user's sessions, the oldest first. */
  abstract listByUser(username: string, now: number): MaybePromise<SessionRecord[]>;

  /** How many sessions are active. */
  abstract count(now: number): MaybePromise<number>;

  /** Frees what has expired, a slice at a time. */
  abstract sweepExpired(now: number, budget: SweepBudget): MaybePromise<SweepResult>;

  /**
   * Why that generation of a session is not honoured. Of a session that is there: `rotated` if a later one is, `expired`
   * if its access has lapsed; of one that is not, as far as that is remembered: a bounded memory will do, and so will
   * none, which is the default. Asked only after another verb has refused.
   */
  absence(_id: string, _generation: number, _now: number): MaybePromise<Absence | undefined> {
    return undefined;
  }

  /**
   * The id of a session that is to be created for that user: 22 characters of base64url, at least 120 bits of them random.
   * For a store that is spread over many nodes, and puts the place into the id. Default: the manager draws 128 bits.
   */
  newId?(username: string): string;

  /**
   * Calls `listener` after each step, of any process, that ended sessions or replaced their tokens, until the function is
   * called that it answers. What a listener throws changes nothing. Default: the store does not tell.
   */
  subscribe?(listener: (change: SessionChange) => void): () => void;

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
