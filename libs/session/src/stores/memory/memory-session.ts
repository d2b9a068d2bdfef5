import { amended, type Amendable } from '../../core/amendments.js';
import type { RotationRequest } from '../../core/session-store.js';
import type { ActiveRecord, Amendment, SessionDetails, SessionRecord } from '../../core/session.js';
import type { Writable } from '../../util/writable.js';
import type { Filed } from './expiry-index.js';
import { furtherOf, type Further } from './further.js';
import type { Queued } from './slot-queue.js';
import { refreshedTerms, termsOf, type SharedTerms, type Terms } from './terms.js';
import { toMilliseconds, toOptionalTime, toSecond, toTime } from './whole-seconds.js';

/** A record as memory holds it: times in whole seconds, and what others have alike in one object with them. */
export class MemorySession implements Queued<MemorySession>, Filed {
  readonly id: string;
  readonly username: string;
  readonly createdAt: number;
  details: SessionDetails | undefined;
  further: Further | undefined;
  generation: number;
  attempt: string | undefined;
  lastAccessed: number;
  terms: Terms;
  place = 0;
  slot = 0;
  earlier: MemorySession | undefined = undefined;
  later: MemorySession | undefined = undefined;

  constructor(record: SessionRecord, shared: SharedTerms) {
    this.id = record.id;
    this.username = record.username;
    this.createdAt = toSecond(record.createdAt);
    this.details = record.details && Object.freeze({ ...record.details });
    this.further = furtherOf(record);
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

  rotate({ from, attempt, next }: RotationRequest, shared: SharedTerms): void {
    this.generation = from + 1;
    this.attempt = attempt;
    this.lastAccessed = Math.max(this.lastAccessed, toSecond(next.lastAccessed));
    this.terms = shared.of(refreshedTerms(next, this.terms));
    this.further = furtherOf(next, this.further);
  }

  /** Answers whether it was possible: what it carries may come to so much and no more. */
  amend(amendment: Amendment): boolean {
    const { details } = this;
    const carried = amended({ details, claims: this.further?.claims as Amendable['claims'] }, amendment);
    if (carried === undefined) return false;
    this.details = carried.details;
    if (amendment.claims !== undefined) this.further = furtherOf({ claims: carried.claims }, this.further);
    return true;
  }

  /** Moves the end of a sliding session on to `end`, never back and never beyond the absolute one. */
  slideTo(end: number, shared: SharedTerms): void {
    const { expiresAt, endsAt = Infinity } = this.terms;
    const slid = Math.max(expiresAt, Math.min(end, endsAt));
    this.terms = shared.of({ ...this.terms, expiresAt: slid, activeUntil: slid, renewableUntil: slid });
  }

  toRecord(): SessionRecord {
    // Added, and not spread into another object: V8 would make a dictionary of that, slow to make and to read.
    const record: Writable<SessionRecord> = this.toActiveRecord();
    record.attempt = this.attempt;
    record.details = this.details;
    return record;
  }

  toActiveRecord(): ActiveRecord {
    const { terms, further } = this;
    const record: ActiveRecord = {
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
    };
    return further === undefined ? record : Object.assign(record, further);
  }
}
