import { endingBy, SECOND } from '../../core/expiry.js';
import type { Rotation } from '../../core/session-store.js';
import type { SessionDetails, SessionRecord } from '../../core/session.js';
import type { Queued } from './slot-queue.js';

/**
 * A record as memory holds it: times in whole seconds from an epoch of our own, which makes them small integers
 * (a millisecond since 1970 is a heap-allocated double, nine of which would double the size of a session).
 */
export class MemorySession implements Queued<MemorySession> {
  /** 2020-01-01T00:00:00Z, in seconds. */
  static readonly EPOCH = 1_577_836_800;

  readonly id: string;
  readonly username: string;
  readonly createdAt: number;
  readonly endsAt: number | undefined;
  readonly idleTimeout: number | undefined;
  readonly slideBy: number | undefined;
  readonly details: SessionDetails | undefined;
  generation: number;
  issuedAt: number;
  lastAccessed: number;
  expiresAt: number;
  activeUntil: number;
  refreshExpiresAt: number | undefined;
  renewableUntil: number;
  previousUntil: number | undefined;
  attempt: string | undefined;
  earlier: MemorySession | undefined = undefined;
  later: MemorySession | undefined = undefined;

  constructor(record: SessionRecord) {
    this.id = record.id;
    this.username = record.username;
    this.createdAt = toSecond(record.createdAt);
    this.endsAt = toOptionalSecond(record.endsAt);
    this.idleTimeout = toSeconds(record.idleTimeout);
    this.slideBy = toSeconds(record.slideBy);
    this.details = record.details && Object.freeze({ ...record.details });
    this.generation = record.generation;
    this.issuedAt = toSecond(record.issuedAt);
    this.lastAccessed = toSecond(record.lastAccessed);
    this.expiresAt = toSecond(record.expiresAt);
    this.activeUntil = toSecond(record.activeUntil);
    this.refreshExpiresAt = toOptionalSecond(record.refreshExpiresAt);
    this.renewableUntil = toSecond(record.renewableUntil);
    this.previousUntil = toOptionalSecond(record.previousUntil);
    this.attempt = record.attempt;
  }

  rotate(generation: number, attempt: string, rotation: Rotation): void {
    const next = endingBy(rotation, toOptionalTime(this.endsAt));
    this.generation = generation;
    this.attempt = attempt;
    this.issuedAt = toSecond(next.issuedAt);
    this.lastAccessed = Math.max(this.lastAccessed, toSecond(next.lastAccessed));
    this.expiresAt = toSecond(next.expiresAt);
    this.activeUntil = toSecond(next.activeUntil);
    this.refreshExpiresAt = toOptionalSecond(next.refreshExpiresAt);
    this.renewableUntil = toSecond(next.renewableUntil);
    this.previousUntil = toOptionalSecond(next.previousUntil);
  }

  /** Moves the end of a sliding session on to `end`, never back and never beyond the absolute one. */
  slideTo(end: number): void {
    const slid = Math.max(this.expiresAt, Math.min(end, this.endsAt ?? Infinity));
    this.expiresAt = this.activeUntil = this.renewableUntil = slid;
  }

  toRecord(): SessionRecord {
    return {
      id: this.id,
      username: this.username,
      generation: this.generation,
      createdAt: toTime(this.createdAt),
      issuedAt: toTime(this.issuedAt),
      lastAccessed: toTime(this.lastAccessed),
      expiresAt: toTime(this.expiresAt),
      activeUntil: toTime(this.activeUntil),
      refreshExpiresAt: toOptionalTime(this.refreshExpiresAt),
      renewableUntil: toTime(this.renewableUntil),
      previousUntil: toOptionalTime(this.previousUntil),
      endsAt: toOptionalTime(this.endsAt),
      idleTimeout: toMilliseconds(this.idleTimeout),
      slideBy: toMilliseconds(this.slideBy),
      attempt: this.attempt,
      details: this.details,
    };
  }
}

function toSecond(time: number): number {
  return time / SECOND - MemorySession.EPOCH;
}

function toOptionalSecond(time: number | undefined): number | undefined {
  return time === undefined ? undefined : toSecond(time);
}

function toTime(second: number): number {
  return (second + MemorySession.EPOCH) * SECOND;
}

function toOptionalTime(second: number | undefined): number | undefined {
  return second === undefined ? undefined : toTime(second);
}

function toSeconds(duration: number | undefined): number | undefined {
  return duration === undefined ? undefined : duration / SECOND;
}

function toMilliseconds(seconds: number | undefined): number | undefined {
  return seconds === undefined ? undefined : seconds * SECOND;
}
