import type { SessionPolicy } from './session-policy.js';
import type { SessionRecord } from './session.js';
import type { CarriedTimes } from './token-codec.js';

/** One second in the unit of records. */
export const SECOND = 1000;

/** The whole second that `time` lies in. */
export function floorToSecond(time: number): number {
  return Math.floor(time / SECOND) * SECOND;
}

/** The first whole second that is not before `time`. */
export function ceilToSecond(time: number): number {
  return Math.ceil(time / SECOND) * SECOND;
}

/** Whether the session opens anything: the one predicate behind validating, counting and limits. */
export function isActive(record: Pick<SessionRecord, 'activeUntil'>, now: number): boolean {
  return now < record.activeUntil;
}

/** Whether the session is there at all: the one predicate behind refreshing, listing, revoking and sweeping. */
export function isRenewable(record: Pick<SessionRecord, 'renewableUntil'>, now: number): boolean {
  return now < record.renewableUntil;
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
