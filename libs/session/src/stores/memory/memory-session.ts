import { endingBy } from '../../core/expiry.js';
import type { Rotation } from '../../core/session-store.js';
import type { SessionDetails, SessionRecord } from '../../core/session.js';
import type { Filed } from './expiry-index.js';
import type { Queued } from './slot-queue.js';
import { termsOf, type SharedTerms, type Terms } from './terms.js';
import { toMilliseconds, toOptionalTime, toSecond, toTime } from './whole-seconds.js';

/** A record as memory holds it: times in whole seconds, and what others have alike in one object with them. */
export class MemorySession implements Queued<MemorySession>, Filed {
  readonly id: string;
  readonly username: string;
  readonly createdAt: number;
  readonly details: SessionDetails | undefined;
  generation: number;
  attempt: string | undefined;
  lastAccessed: number;
  terms: Terms;
  place = 0;
  earlier: MemorySession | undefined = undefined;
  later: MemorySession | undefined = undefined;

  constructor(record: SessionRecord, shared: SharedTerms) {
    this.id = record.id;
    this.username = record.username;
    this.createdAt = toSecond(record.createdAt);
    this.details = record.details && Object.freeze({ ...record.details });
    this.generation = record.generation;
    this.attempt = record.attempt;
    this.lastAccessed = toSecond(record.lastAccessed);
    this.terms = shared.of(termsOf(record));
  }

  get issuedAt(): number {
    return this.terms.issuedAt;
  }

  get activeUntil(): number {
    return this.terms.activeUntil;
  }

  get renewableUntil(): number {
    return this.terms.renewableUntil;
  }

  get previousUntil(): number | undefined {
    return this.terms.previousUntil;
  }

  get idleTimeout(): number | undefined {
    return this.terms.idleTimeout;
  }

  rotate(generation: number, attempt: string, rotation: Rotation, shared: SharedTerms): void {
    const { endsAt, idleTimeout, slideBy } = this.terms;
    const next = endingBy(rotation, toOptionalTime(endsAt));
    this.generation = generation;
    this.attempt = attempt;
    this.lastAccessed = Math.max(this.lastAccessed, toSecond(next.lastAccessed));
    this.terms = shared.of({ ...termsOf(next), endsAt, idleTimeout, slideBy });
  }

  /** Moves the end of a sliding session on to `end`, never back and never beyond the absolute one. */
  slideTo(end: number, shared: SharedTerms): void {
    const { expiresAt, endsAt = Infinity } = this.terms;
    const slid = Math.max(expiresAt, Math.min(end, endsAt));
    this.terms = shared.of({ ...this.terms, expiresAt: slid, activeUntil: slid, renewableUntil: slid });
  }

  toRecord(): SessionRecord {
    const { terms } = this;
    return {
      id: this.id,
      username: this.username,
      generation: this.generation,
      createdAt: toTime(this.createdAt),
      issuedAt: toTime(terms.issuedAt),
      lastAccessed: toTime(this.lastAccessed),
      expiresAt: toTime(terms.expiresAt),
      activeUntil: toTime(terms.activeUntil),
      refreshExpiresAt: toOptionalTime(terms.refreshExpiresAt),
      renewableUntil: toTime(terms.renewableUntil),
      previousUntil: toOptionalTime(terms.previousUntil),
      endsAt: toOptionalTime(terms.endsAt),
      idleTimeout: toMilliseconds(terms.idleTimeout),
      slideBy: toMilliseconds(terms.slideBy),
      attempt: this.attempt,
      details: this.details,
    };
  }
}
