import { ApiTokenStore, type ApiTokenRecord, type SignedApiToken } from '../../core/api-token-store.js';
import { LatestTime } from '../../core/clock.js';
import { floorToSecond } from '../../core/expiry.js';
import type { SweepBudget, SweepResult } from '../../core/session-store.js';
import { ExpiryIndex, type Filed } from './expiry-index.js';
import { OwnerIndex } from './owner-index.js';
import { sweepSlice } from './sweep-slice.js';

interface Entry extends Filed {
  record: ApiTokenRecord;
}

/** API tokens in this process, gone with it; each verb answers at once. */
export class MemoryApiTokenStore extends ApiTokenStore {
  readonly shared = false;
  readonly #tokens = new Map<string, Entry>();
  readonly #byUser = new OwnerIndex<Entry>();
  readonly #expiry = new ExpiryIndex<Entry>();
  /** By user, up to when all was ended: what was begun by then is not registered, and nothing signed by then admitted. */
  readonly #cutOffs = new Map<string, number>();
  readonly #latest = new LatestTime();

  /** How many there are, expired ones that no sweep has dropped included. */
  get size(): number {
    return this.#tokens.size;
  }

  put(record: ApiTokenRecord, now: number): boolean {
    // As it came, and not as the latest time seen: it tells when the token was asked for.
    if (this.isCutOff(record.username, now)) return false;
    this.register(record);
    return true;
  }

  /** Registers what was promised already, whatever was ended since. */
  register(record: ApiTokenRecord): void {
    const present = this.#tokens.get(record.jti);
    if (present) this.#remove(present);
    const entry: Entry = { record: Object.freeze({ ...record }), place: 0 };
    this.#tokens.set(record.jti, entry);
    if (record.username !== undefined) this.#byUser.add(record.username, entry);
    this.#expiry.add(record.expiresAt, entry);
  }

  access(jti: string, signed: SignedApiToken, now: number): ApiTokenRecord | undefined {
    const current = this.#latest.of(now);
    const entry = this.#tokens.get(jti);
    if (entry === undefined || entry.record.expiresAt <= current || !this.#admits(entry.record, signed)) {
      return undefined;
    }
    this.noteAccess(jti, floorToSecond(current));
    return entry.record;
  }

  /** Remembers an access that was admitted here or elsewhere; an earlier one than is known changes nothing. */
  noteAccess(jti: string, time: number): void {
    const entry = this.#tokens.get(jti);
    if (entry === undefined || time <= (entry.record.lastAccessed ?? -Infinity)) return;
    entry.record = Object.freeze({ ...entry.record, lastAccessed: time });
  }

  revoke(jti: string, owner: { readonly username?: string }, _now: number): ApiTokenRecord | undefined {
    const entry = this.#tokens.get(jti);
    if (entry === undefined || !isOwnedBy(entry.record, owner)) return undefined;
    this.#remove(entry);
    return entry.record;
  }

  revokeByUser(username: string, now: number): string[] {
    this.cutOff(username, this.#latest.of(now));
    const ending = this.listByUser(username, now).map(({ jti }) => jti);
    for (const entry of [...this.#byUser.of(username)]) this.#remove(entry);
    return ending;
  }

  /** Refuses from here on what is put for this user, or was signed without an owner on record, up to `time`. */
  cutOff(username: string, time: number): void {
    this.#cutOffs.set(username, Math.max(time, this.#cutOffs.get(username) ?? -Infinity));
  }

  /** Whether all of a user's was ended at `time` or later. */
  isCutOff(username: string | undefined, time: number): boolean {
    return username !== undefined && time <= (this.#cutOffs.get(username) ?? -Infinity);
  }

  /** A reading that leaves no trace; an expired record too, while a sweep has not dropped it. */
  find(jti: string): ApiTokenRecord | undefined {
    return this.#tokens.get(jti)?.record;
  }

  listByUser(username: string, now: number): ApiTokenRecord[] {
    const current = this.#latest.of(now);
    return [...this.#byUser.of(username)]
      .map(({ record }) => record)
      .filter(({ expiresAt }) => expiresAt > current);
  }

  sweepExpired(now: number, budget: SweepBudget): SweepResult {
    const current = this.#latest.of(now);
    return sweepSlice(budget, this.#expiry.expired(current), (entry) => this.#remove(entry));
  }

  ping(): void {}

  close(): void {}

  /** An owned record is its owner's alone; of one without, the signature says whose it is. */
  #admits(record: ApiTokenRecord, { username, issuedAt }: SignedApiToken): boolean {
    if (record.username !== undefined) return record.username === username;
    return !this.isCutOff(username, issuedAt);
  }

  #remove(entry: Entry): void {
    this.#tokens.delete(entry.record.jti);
    if (entry.record.username !== undefined) this.#byUser.remove(entry.record.username, entry);
    this.#expiry.remove(entry.record.expiresAt, entry);
  }
}

/** Whether a token may end as that owner's: as whoever's, if none is named; one named as `undefined` is nobody. */
export function isOwnedBy(record: ApiTokenRecord, owner: { readonly username?: string }): boolean {
  if (!('username' in owner)) return true;
  return owner.username !== undefined && owner.username === record.username;
}
