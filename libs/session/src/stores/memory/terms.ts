import type { Lifetimes, TokenTimes } from '../../core/expiry.js';
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

/** Lets those who come one after the other with equal terms, as the logins of one second do, share one object. */
export class SharedTerms {
  #latest: Terms | undefined;

  of(terms: Terms): Terms {
    if (this.#latest === undefined || !areEqual(this.#latest, terms)) this.#latest = terms;
    return this.#latest;
  }
}

function areEqual(a: Terms, b: Terms): boolean {
  return (Object.keys(a) as (keyof Terms)[]).every((term) => a[term] === b[term]);
}
