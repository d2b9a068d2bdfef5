import type { ApiTokenRecord } from '../../core/api-token-store.js';
import { EVERYBODY } from '../memory/cut-offs.js';
import { MemoryApiTokenStore } from '../memory/memory-api-token.store.js';
import { hashOfAll, Shards } from '../memory/shards.js';
import type { ApiTokenEntry } from './api-token-line.js';

/**
 * What the lines of the file say, taken together; of two registrations of one token the first, what began an era
 * before what belongs to it, else in any order.
 */
export class RegistrySnapshot {
  readonly tokens = new MemoryApiTokenStore();
  /** A revoked token stays so, whatever is appended later: a restored backup, say. With its expiry, if known. */
  readonly #revoked = new Shards<number | undefined>(hashOfAll);
  readonly #used = new Shards<number>(hashOfAll);
  #others = 0;
  #era = 0;

  /** How often everybody's tokens were ended; a token of an earlier era is not there, whatever line of it is appended later. */
  get era(): number {
    return this.#era;
  }

  take(entry: ApiTokenEntry | undefined): void {
    switch (entry?.kind) {
      case 'registered':
        this.#register(entry.record, entry.era);
        return;
      case 'revoked':
        this.#revoke(entry.jti, entry.until);
        return;
      case 'cut-off':
        this.tokens.cutOff(entry.username, entry.at);
        return;
      case 'ended-all':
        this.#begin(entry.era, entry.at);
        return;
      case 'used':
        this.#used.set(entry.jti, Math.max(entry.at, this.#used.get(entry.jti) ?? -Infinity));
        this.tokens.noteAccess(entry.jti, entry.at);
        return;
      default:
        this.#others += 1;
    }
  }

  /** Whether a line has named it, be it to end it. */
  knows(jti: string): boolean {
    return this.tokens.find(jti) !== undefined || this.#revoked.has(jti);
  }

  /** About how many lines a compacted file would have, counted step by step. */
  *countLiving(now: number): Generator<undefined, number> {
    let tombstones = 0;
    for (const [, until] of this.#revoked.entries()) {
      if (until === undefined || until > now) tombstones += 1;
      yield;
    }
    let used = 0;
    for (const [jti] of this.#used.entries()) {
      if (this.tokens.find(jti) !== undefined) used += 1;
      yield;
    }
    return this.tokens.size + tombstones + used + this.tokens.cutOffs + this.#others;
  }

  /** A token's record is written once: a second line of one name changes nothing. */
  #register(record: ApiTokenRecord, era = 0): void {
    // A line without an owner knows no eras: of such a token the signature tells when it was made.
    if (record.username !== undefined && era < this.#era) return;
    if (this.#revoked.has(record.jti)) this.#revoke(record.jti, record.expiresAt);
    else if (this.tokens.find(record.jti) === undefined) {
      this.tokens.register(record);
      this.tokens.noteAccess(record.jti, this.#used.get(record.jti) ?? -Infinity);
    }
  }

  #begin(era: number, at: number): void {
    if (era <= this.#era) this.tokens.cutOff(EVERYBODY, at);
    else this.tokens.endAll(at);
    this.#era = Math.max(this.#era, era);
  }

  #revoke(jti: string, until: number | undefined): void {
    const record = this.tokens.revoke(jti, {}, 0);
    this.#revoked.set(jti, latest(this.#revoked.get(jti), until, record?.expiresAt));
  }
}

/** The latest of the times that are known. */
export function latest(...times: (number | undefined)[]): number | undefined {
  const known = times.filter((time) => time !== undefined);
  return known.length === 0 ? undefined : Math.max(...known);
}
