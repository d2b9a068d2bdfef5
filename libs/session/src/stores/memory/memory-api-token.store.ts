import {
  ApiTokenStore,
  type ApiTokenChange,
  type ApiTokenRecord,
  type SignedApiToken,
} from '../../core/api-token-store.js';
import { LatestTime } from '../../core/latest-time.js';
import { MINUTE } from '../../util/clock.js';
import { ceilToSecond, floorToSecond } from '../../core/expiry.js';
import { isOwnedBy } from '../../core/ownership.js';
import type { Page, PageRequest, SweepBudget, SweepResult } from '../../core/session-store.js';
import { Listeners } from '../../util/listeners.js';
import { CutOffs, EVERYBODY } from './cut-offs.js';
import { ExpiryIndex, type Filed } from './expiry-index.js';
import { OwnerIndex } from './owner-index.js';
import { hashOfAll, Shards } from './shards.js';
import { sweepSlice } from './sweep-slice.js';
import { toSecond } from './whole-seconds.js';

interface Entry extends Filed {
  record: ApiTokenRecord;
}

/** API tokens in this process, gone with it; each verb answers at once. */
export class MemoryApiTokenStore extends ApiTokenStore {
  readonly shared = false;
  #tokens = new Shards<Entry>(hashOfAll);
  #byUser = new OwnerIndex<Entry>();
  #expiry = new ExpiryIndex<Entry>();
  /** By user, up to when all was ended: what was begun by then is not registered, and nothing signed by then admitted. */
  readonly #cutOffs = new CutOffs();
  readonly #latest = new LatestTime();
  readonly #listeners = new Listeners<ApiTokenChange>();

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
    this.#expiry.add(endOf(record), entry);
  }

  access(jti: string, signed: SignedApiToken, now: number): ApiTokenRecord | undefined {
    const current = this.#latest.of(now);
    const entry = this.#tokens.get(jti);
    if (
      entry === undefined ||
      !isThere(entry.record, current) ||
      !this.#admits(entry.record, signed, current)
    ) {
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
    this.#tellEnded([entry]);
    return entry.record;
  }

  revokeByUser(username: string, now: number): string[] {
    this.cutOff(username, this.#latest.of(now));
    const ending = this.listByUser(username, now).map(({ jti }) => jti);
    const all = [...this.#byUser.of(username)];
    for (const entry of all) this.#remove(entry);
    this.#tellEnded(all);
    return ending;
  }

  /** What a new era is here: everything is let go at once, and the memory comes back by itself. */
  revokeAll(now: number): number {
    const ended = this.count(now);
    this.endAll(this.#latest.of(now));
    if (this.#listeners.any) this.#listeners.tell({ type: 'ended-all' });
    return ended;
  }

  /** Lets everything go, and refuses from here on what was begun up to `time`, or signed without an owner on record. */
  endAll(time: number): void {
    this.#tokens = new Shards(hashOfAll);
    this.#byUser = new OwnerIndex();
    this.#expiry = new ExpiryIndex();
    this.cutOff(EVERYBODY, time);
  }

  /** How many are unexpired. */
  count(now: number): number {
    const current = this.#latest.of(now);
    const second = toSecond(current);
    const justOver = this.#expiry.at(second + 1).filter(({ record }) => record.expiresAt <= current);
    return this.size - this.#expiry.upTo(second) - justOver.length;
  }

  browse({ after, limit }: PageRequest, now: number): Page<ApiTokenRecord> | undefined {
    const current = this.#latest.of(now);
    const page = this.#tokens.page(after, limit);
    if (page === undefined) return undefined;
    const { entries, next } = page;
    const records = entries.map(({ record }) => record).filter((record) => isThere(record, current));
    return { records, ...(next !== undefined && { next }) };
  }

  /**
   * Refuses from here on what is put for this user, or was signed without an owner on record, up to `time`.
   *
   * @internal for the store that keeps this picture of its file.
   */
  cutOff(username: string | typeof EVERYBODY, time: number): void {
    this.#cutOffs.add(username, time);
  }

  /** How many ends of all are remembered. */
  get cutOffs(): number {
    return this.#cutOffs.size;
  }

  /** Whether all of a user's, or everybody's, was ended at `time` or later. */
  isCutOff(username: string | undefined, time: number, now = time): boolean {
    return this.#cutOffs.refuses(username ?? EVERYBODY, time, now);
  }

  /** A reading that leaves no trace; an expired record too, while a sweep has not dropped it. */
  find(jti: string): ApiTokenRecord | undefined {
    return this.#tokens.get(jti)?.record;
  }

  listByUser(username: string, now: number): ApiTokenRecord[] {
    const current = this.#latest.of(now);
    return this.ownedBy(username).filter((record) => isThere(record, current));
  }

  /** A user's tokens, expired ones that no sweep has dropped included. */
  ownedBy(username: string): ApiTokenRecord[] {
    return [...this.#byUser.of(username)].map(({ record }) => record);
  }

  sweepExpired(now: number, budget: SweepBudget): SweepResult {
    const current = this.#latest.of(now);
    return sweepSlice(budget, this.#expiry.expired(toSecond(current)), (entry) => this.#remove(entry));
  }

  override subscribe(listener: (change: ApiTokenChange) => void): () => void {
    return this.#listeners.add(listener);
  }

  ping(): void {}

  close(): void {}

  /**
   * An owned record is its owner's alone; of one without, the signature says whose it is. A cut-off that is still to
   * come was written by a clock that was ahead, and refuses nothing.
   */
  #admits(record: ApiTokenRecord, { username, issuedAt }: SignedApiToken, now: number): boolean {
    if (record.username !== undefined) return record.username === username;
    return !this.isCutOff(username, issuedAt, now);
  }

  #tellEnded(entries: readonly Entry[]): void {
    if (!this.#listeners.any) return;
    for (const { record } of entries) {
      const { jti, username } = record;
      this.#listeners.tell({ type: 'ended', jti, ...(username !== undefined && { username }) });
    }
  }

  #remove(entry: Entry): void {
    this.#tokens.delete(entry.record.jti);
    if (entry.record.username !== undefined) this.#byUser.remove(entry.record.username, entry);
    this.#expiry.remove(endOf(entry.record), entry);
  }
}

/** The second in which a token is over for certain: other programs register ends within one. */
function endOf({ expiresAt }: ApiTokenRecord): number {
  return toSecond(ceilToSecond(expiresAt));
}

/** Whether a record counts: it is not over, and no clock that was ahead has dated it. */
function isThere({ issuedAt = -Infinity, expiresAt }: ApiTokenRecord, now: number): boolean {
  return expiresAt > now && issuedAt <= now + MINUTE;
}
