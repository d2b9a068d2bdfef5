import { MINUTE, SECOND } from '../util/clock.js';
import type { SessionPolicy } from './session-policy.js';
import type { SessionRecord } from './session.js';
import type { CarriedTimes } from './token-codec.js';

/** What decides until when a session is active, in one unit of time. */
export type ActiveLimits = Pick<SessionRecord, 'issuedAt' | 'activeUntil' | 'lastAccessed' | 'idleTimeout'>;

/** What decides until when a session is there at all, in one unit of time. */
export type RenewableLimits = Pick<
  SessionRecord,
  'issuedAt' | 'renewableUntil' | 'lastAccessed' | 'idleTimeout'
>;

/** The whole second that `time` lies in. */
export function floorToSecond(time: number): number {
  return Math.floor(time / SECOND) * SECOND;
}

/** The first whole second that is not before `time`. */
export function ceilToSecond(time: number): number {
  return Math.ceil(time / SECOND) * SECOND;
}

/** When a session that nobody uses falls idle; never where it has no idle time-out. */
function idleAt({
  lastAccessed,
  idleTimeout = Infinity,
}: Pick<SessionRecord, 'lastAccessed' | 'idleTimeout'>): number {
  return lastAccessed + idleTimeout;
}

/** When the session ceases to be active, if nobody uses it. */
export function activeEnd(record: ActiveLimits): number {
  return Math.min(record.activeUntil, idleAt(record));
}

/** When the session ceases to be there at all, if nobody uses it. */
export function renewableEnd(record: RenewableLimits): number {
  return Math.min(record.renewableUntil, idleAt(record));
}

/**
 * Whether the session is active: the one predicate behind validating, counting and limits. One that is dated
 * further `ahead` than clocks disagree was dated by a wrong clock, and is not there.
 *
 * @param ahead a minute, in the unit of the others. Default: in milliseconds.
 */
export function isActive(record: ActiveLimits, now: number, ahead = MINUTE): boolean {
  return now < activeEnd(record) && record.issuedAt <= now + ahead;
}

/**
 * Whether the session is there at all: the one predicate behind refreshing, listing, revoking and sweeping.
 *
 * @param ahead as for {@link isActive}.
 */
export function isRenewable(record: RenewableLimits, now: number, ahead = MINUTE): boolean {
  return now < renewableEnd(record) && record.issuedAt <= now + ahead;
}

/** Whether it was idleness that ended a session which is over. */
export function fellIdle(record: RenewableLimits): boolean {
  return idleAt(record) < record.renewableUntil;
}

/** Whether a token of that generation is honoured by the record now: its own, or its predecessor in grace. */
export function honours(
  record: Pick<SessionRecord, 'generation' | 'previousUntil'>,
  generation: number,
  now: number,
): boolean {
  return (
    generation === record.generation ||
    (generation === record.generation - 1 && record.previousUntil !== undefined && now < record.previousUntil)
  );
}

/** The times of a record that depend on when its tokens are issued. */
export type TokenTimes = Pick<
  SessionRecord,
  'issuedAt' | 'lastAccessed' | 'expiresAt' | 'activeUntil' | 'refreshExpiresAt' | 'renewableUntil'
>;

/**
 * The times of tokens issued now. Issue is rounded down and expiry up, so that a session lives at least its
 * time-out and at most a second more. The leeway is folded in here, once.
 */
export function tokenTimes(policy: SessionPolicy, now: number): TokenTimes {
  const issuedAt = floorToSecond(now);
  const expiresAt = ceilToSecond(now) + policy.sessionTimeout * SECOND;
  const activeUntil = expiresAt + policy.leeway * SECOND;
  const times = { issuedAt, lastAccessed: issuedAt, expiresAt, activeUntil, renewableUntil: activeUntil };
  if (policy.refreshTimeout === undefined) return times;
  const refreshExpiresAt = ceilToSecond(now) + policy.refreshTimeout * SECOND;
  return {
    ...times,
    refreshExpiresAt,
    renewableUntil: Math.max(activeUntil, refreshExpiresAt + policy.leeway * SECOND),
  };
}

/** The members of a record that are written once, at create, and hold for all of its life. */
export type Lifetimes = Pick<SessionRecord, 'endsAt' | 'idleTimeout' | 'slideBy'>;

/**
 * The lifetimes of a session created now. The idle time-out gets the second by which `lastAccessed` is rounded
 * down, so that a session is idle for at least its time-out before it ends, and at most a second longer.
 */
export function lifetimes(policy: SessionPolicy, now: number): Lifetimes {
  const { absoluteTimeout, idleTimeout, sliding, sessionTimeout } = policy;
  return {
    ...(absoluteTimeout !== undefined && { endsAt: ceilToSecond(now) + absoluteTimeout * SECOND }),
    ...(idleTimeout !== undefined && { idleTimeout: (idleTimeout + 1) * SECOND }),
    ...(sliding && { slideBy: sessionTimeout * SECOND }),
  };
}

/** The times, none of them beyond the absolute end: no leeway and no successor outlives it. */
export function endingBy<T extends TokenTimes>(times: T, endsAt = Infinity): T {
  if (endsAt === Infinity) return times;
  return {
    ...times,
    expiresAt: Math.min(times.expiresAt, endsAt),
    activeUntil: Math.min(times.activeUntil, endsAt),
    renewableUntil: Math.min(times.renewableUntil, endsAt),
    ...(times.refreshExpiresAt !== undefined && {
      refreshExpiresAt: Math.min(times.refreshExpiresAt, endsAt),
    }),
  };
}

/** Until when the tokens of `record` stay honoured after a refresh now; `undefined` without a grace window. */
export function graceUntil(policy: SessionPolicy, record: SessionRecord, now: number): number | undefined {
  if (policy.refreshGrace === 0) return undefined;
  return Math.min(ceilToSecond(now) + policy.refreshGrace * SECOND, record.renewableUntil);
}

/** Whether a token's own expiry has passed; RFC 7519 §4.1.4: "on or after" it the token must not be accepted. */
export function isOver(times: CarriedTimes, now: number, leeway: number): boolean {
  return now >= times.expiresAt + leeway * SECOND;
}

/** Whether a token claims to come from the future, or asks not to be accepted yet. */
export function isPremature(times: CarriedTimes, now: number, leeway: number): boolean {
  return Math.max(times.issuedAt, times.notBefore ?? times.issuedAt) > now + leeway * SECOND;
}
