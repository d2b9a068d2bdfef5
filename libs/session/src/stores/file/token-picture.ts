import type { ApiTokenRecord } from '../../core/api-token-store.js';
import { MemoryApiTokenStore } from '../memory/memory-api-token.store.js';
import type { ApiTokenEntry } from './api-token-line.js';

/** What the lines of the file say, taken together; of two registrations of one token the first, else in any order. */
export class TokenPicture {
  readonly tokens = new MemoryApiTokenStore();
  /** A revoked token stays so, whatever is appended later: a restored backup, say. With its expiry, if known. */
  readonly #revoked = new Map<string, number | undefined>();
  readonly #cutOff = new Set<string>();
  readonly #used = new Map<string, number>();
  #others = 0;

  take(entry: ApiTokenEntry | undefined): void {
    switch (entry?.kind) {
      case 'registered':
        this.#register(entry.record);
        return;
      case 'revoked':
        this.#revoke(entry.jti, entry.until);
        return;
      case 'cut-off':
        this.#cutOff.add(entry.username);
        this.tokens.cutOff(entry.username, entry.at);
        return;
      case 'used':
        this.#used.set(entry.jti, Math.max(entry.at, this.#used.get(entry.jti) ?? -Infinity));
        this.tokens.noteAccess(entry.jti, entry.at);
        return;
      default:
        this.#others += 1;
    }
  }

  /** About how many lines a compacted file would have. */
  countLiving(now: number): number {
    const tombstones = [...this.#revoked.values()].filter((until) => until === undefined || until > now);
    const used = [...this.#used.keys()].filter((jti) => this.tokens.find(jti) !== undefined);
    return this.tokens.size + tombstones.length + used.length + this.#cutOff.size + this.#others;
  }

  /** A token's record is written once: a second line of one name changes nothing. */
  #register(record: ApiTokenRecord): void {
    if (this.#revoked.has(record.jti)) this.#revoke(record.jti, record.expiresAt);
    else if (this.tokens.find(record.jti) === undefined) {
      this.tokens.register(record);
      this.tokens.noteAccess(record.jti, this.#used.get(record.jti) ?? -Infinity);
    }
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
