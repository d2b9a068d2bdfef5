import type { SessionRecord } from '../../core/session.js';
import { toOptionalSecond, toSecond, toSeconds } from './whole-seconds.js';

/** What the second of its issue and the policy say about a session. */
type TermsOfRecord = Pick<
  SessionRecord,
  | 'issuedAt'
  | 'expiresAt'
  | 'activeUntil'
  | 'refreshExpiresAt'
  | 'renewableUntil'
  | 'previousUntil'
  | 'endsAt'
  | 'idleTimeout'
  | 'slideBy'
>;

/** The terms in whole seconds, never changed, since sessions share them. */
export interface Terms {
  readonly issuedAt: number;
  readonly expiresAt: number;
  readonly activeUntil: number;
  readonly refreshExpiresAt: number | undefined;
  readonly renewableUntil: number;
  readonly previousUntil: number | undefined;
  readonly endsAt: number | undefined;
  readonly idleTimeout: number | undefined;
  readonly slideBy: number | undefined;
}

export function termsOf(record: TermsOfRecord): Terms {
  return {
    issuedAt: toSecond(record.issuedAt),
    expiresAt: toSecond(record.expiresAt),
    activeUntil: toSecond(record.activeUntil),
    refreshExpiresAt: toOptionalSecond(record.refreshExpiresAt),
    renewableUntil: toSecond(record.renewableUntil),
    previousUntil: toOptionalSecond(record.previousUntil),
    endsAt: toOptionalSecond(record.endsAt),
    idleTimeout: toSeconds(record.idleTimeout),
    slideBy: toSeconds(record.slideBy),
  };
}

/** Lets those who come one after the other with equal terms, as the logins of one second do, share one object. */
export class SharedTerms {
  #latest: Terms | undefined;

  of(terms: Terms): Terms {
    if (this.#latest === undefined || !areEqual(this.#latest, terms)) this.#latest = terms;
    return this.#latest;
  }
}

function areEqual(a: Terms, b: Terms): boolean {
  return (
    a.issuedAt === b.issuedAt &&
    a.expiresAt === b.expiresAt &&
    a.activeUntil === b.activeUntil &&
    a.refreshExpiresAt === b.refreshExpiresAt &&
    a.renewableUntil === b.renewableUntil &&
    a.previousUntil === b.previousUntil &&
    a.endsAt === b.endsAt &&
    a.idleTimeout === b.idleTimeout &&
    a.slideBy === b.slideBy
  );
}
