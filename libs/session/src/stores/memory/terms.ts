import type { Lifetimes, TokenTimes } from '../../core/expiry.js';
import type { RotationRequest } from '../../core/session-store.js';
import type { SessionRecord } from '../../core/session.js';
import { toOptionalSecond, toSecond, toSeconds } from './whole-seconds.js';

/** What the second of its issue and the policy say about a session. */
type TermsOfRecord = Omit<TokenTimes, 'lastAccessed'> & Pick<SessionRecord, 'previousUntil'> & Lifetimes;

/** The same in whole seconds, never changed, since sessions share them. */
export type Terms = { readonly [Term in keyof Required<TermsOfRecord>]: TermsOfRecord[Term] };

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

/** Those after a refresh: what it brings, nothing of it beyond the absolute end, and the lifetimes of before. */
export function refreshedTerms(
  next: RotationRequest['next'],
  { endsAt, idleTimeout, slideBy }: Terms,
): Terms {
  const latest = endsAt ?? Infinity;
  const refreshExpiresAt = toOptionalSecond(next.refreshExpiresAt);
  return {
    issuedAt: toSecond(next.issuedAt),
    expiresAt: Math.min(toSecond(next.expiresAt), latest),
    activeUntil: Math.min(toSecond(next.activeUntil), latest),
    refreshExpiresAt: refreshExpiresAt && Math.min(refreshExpiresAt, latest),
    renewableUntil: Math.min(toSecond(next.renewableUntil), latest),
    previousUntil: toOptionalSecond(next.previousUntil),
    endsAt,
    idleTimeout,
    slideBy,
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

/** Member by member: this is asked at each refresh, and a list of their names would be made for each. */
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
