import { LatestTime, type ClockCorrection } from '../../core/latest-time.js';
import { MINUTE, SECOND } from '../../util/clock.js';
import { activeEnd, fellIdle, honours, isActive, isRenewable, renewableEnd } from '../../core/expiry.js';
import type { ActiveRecord, Amendment, SessionRecord } from '../../core/session.js';
import {
  SessionStore,
  type Absence,
  type AmendResult,
  type CreateResult,
  type CreateRules,
  type EvictedSession,
  type LimitReached,
  type LimitRules,
  type Page,
  type PageRequest,
  type RevokeReason,
  type RotateResult,
  type RotationRequest,
  type SessionChange,
  type SweepBudget,
  type SweepResult,
} from '../../core/session-store.js';
import { isOwnedBy } from '../../core/ownership.js';
import { Listeners } from '../../util/listeners.js';
import { ActiveCounter } from './active-counter.js';
import { ExpiryIndex } from './expiry-index.js';
import { MemorySession } from './memory-session.js';
import { OwnerIndex } from './owner-index.js';
import { hashOfStart, Shards } from './shards.js';
import { SlotQueue } from './slot-queue.js';
import { Strays } from './strays.js';
import { sweepSlice } from './sweep-slice.js';
import { SharedTerms } from './terms.js';
import { Tombstones } from './tombstones.js';
import { toSecond } from './whole-seconds.js';

/** A minute, in the unit of this store: how far ahead a session may be dated. */
const AHEAD = MINUTE / SECOND;
/** How many lapsed sessions, which still stand in the queue, a page may go past: a walk stops no request for long. */
const LAPSED_A_PAGE = 1000;
/** Of the numbers in which pages are named. */
const RADIX = 36;

/**
 * Sessions in this process, gone with it.
 *
 * A map by id, in shards; beside it the users' sessions in order of creation, a count of the active ones by the second in
 * which they lapse, the sessions by the second in which they are over, and a queue of those that hold slots. What is
 * gone leaves a tombstone, for a while. JavaScript runs each verb to its end before anything else, which makes it
 * indivisible; each answers at once.
 */
export class MemorySessionStore extends SessionStore {
  readonly shared = false;
  #sessions = new Shards<MemorySession>(hashOfStart);
  #byUser = new OwnerIndex<MemorySession>();
  #active = new ActiveCounter();
  #expiry = new ExpiryIndex<MemorySession>();
  readonly #slots = new SlotQueue<MemorySession>();
  readonly #strays = new Strays();
  readonly #terms = new SharedTerms();
  readonly #tombstones = new Tombstones();
  readonly #latest = new LatestTime();
  readonly #listeners = new Listeners<SessionChange>();
  /** What this step has done so far. */
  readonly #changes: SessionChange[] = [];

  create(record: SessionRecord, rules: CreateRules, now: number): CreateResult {
    const second = this.#secondOf(now);
    if (this.#find(record.id, second)) return { outcome: 'created', evicted: [] };
    if (rules.reuseExisting) {
      for (const session of this.#byUser.of(record.username)) {
        if (isActive(session, second, AHEAD)) return { outcome: 'existing', record: session.toRecord() };
      }
    }
    const room = this.#makeRoom(record.username, rules, second);
    if ('outcome' in room) return room;
    const over = this.#sessions.of(record.id).get(record.id);
    if (over !== undefined) this.#remove(over);
    this.#add(new MemorySession(record, this.#terms));
    return this.#telling({ outcome: 'created', evicted: room });
  }

  access(id: string, generation: number, now: number): ActiveRecord | undefined {
    const second = this.#secondOf(now);
    const session = this.#sessions.of(id).get(id);
    if (session === undefined || !isActive(session, second, AHEAD) || !honours(session, generation, second)) {
      return undefined;
    }
    this.#touch(session, second);
    return session.toActiveRecord();
  }

  rotate(id: string, request: RotationRequest, now: number): RotateResult {
    const { from, attempt, rules } = request;
    const second = this.#secondOf(now);
    const session = this.#find(id, second);
    if (session === undefined) return { outcome: 'gone' };
    if (from < session.generation) {
      const repeated = from === session.generation - 1 && attempt === session.attempt;
      const record = session.toRecord();
      return repeated ? { outcome: 'rotated', record, evicted: [] } : { outcome: 'stale', record };
    }
    const lapsed = !isActive(session, second, AHEAD);
    const room = lapsed ? this.#makeRoom(session.username, rules, second) : [];
    if ('outcome' in room) return room;
    this.#unfile(session);
    session.rotate(request, this.#terms);
    this.#file(session);
    // One that is not in the queue had left it by a wrong clock, and lasts longer now than was noted then.
    if (lapsed || !this.#slots.has(session)) this.#slots.moveToEnd(session);
    this.#note({ type: 'rotated', id, username: session.username });
    return this.#telling({ outcome: 'rotated', record: session.toRecord(), evicted: room });
  }

  amend(id: string, amendment: Amendment & { readonly username?: string }, now: number): AmendResult {
    const session = this.#find(id, this.#secondOf(now));
    if (session === undefined || !isOwnedBy(session, amendment)) return { outcome: 'gone' };
    if (!session.amend(amendment)) return { outcome: 'too-large' };
    return { outcome: 'amended', record: session.toRecord() };
  }

  find(id: string, now: number): SessionRecord | undefined {
    return this.#find(id, this.#secondOf(now))?.toRecord();
  }

  revoke(
    id: string,
    reason: RevokeReason,
    owner: { readonly username?: string },
    now: number,
  ): SessionRecord | undefined {
    const session = this.#find(id, this.#secondOf(now));
    if (session === undefined || !isOwnedBy(session, owner)) return undefined;
    this.#end(session, reason);
    return this.#telling(session.toRecord());
  }

  revokeByUser(username: string, { except }: { except?: string }, now: number): string[] {
    const second = this.#secondOf(now);
    const all = [...this.#byUser.of(username)].filter(({ id }) => id !== except);
    const ending = all.filter((session) => isRenewable(session, second, AHEAD));
    for (const session of ending) this.#end(session, 'revoked');
    // Those that seem over go as well: if the clock is ahead, they would come back.
    for (const session of all) if (!isRenewable(session, second, AHEAD)) this.#end(session, whyOver(session));
    return this.#telling(ending.map(({ id }) => id));
  }

  /** What a new era is here: everything is let go at once, and the memory comes back by itself. */
  revokeAll({ except }: { readonly except?: string }, now: number): number {
    const second = this.#secondOf(now);
    const kept = except === undefined ? undefined : this.#find(except, second);
    const ended = this.#sessions.size - this.#expiry.upTo(second) - (kept === undefined ? 0 : 1);
    const queued = kept !== undefined && this.#slots.has(kept) ? kept : undefined;
    this.#letGo();
    this.#slots.clear(queued);
    if (kept !== undefined) this.#keep(kept);
    this.#note({ type: 'ended-all', ...(kept !== undefined && { except: kept.id }) });
    return this.#telling(ended);
  }

  browse({ after, limit }: PageRequest, now: number): Page<SessionRecord> | undefined {
    const second = this.#secondOf(now);
    this.#callBack(second);
    const end = after === undefined ? this.#slots.given : parseInt(after, RADIX);
    if (after !== undefined && !(end.toString(RADIX) === after && end > 0 && end <= this.#slots.given)) {
      return undefined;
    }
    const records: SessionRecord[] = [];
    let session = this.#slots.before(end);
    for (let left = limit + LAPSED_A_PAGE; left > 0 && records.length < limit; left -= 1) {
      if (session === undefined) return { records };
      if (isActive(session, second, AHEAD)) records.push(session.toRecord());
      session = session.earlier;
    }
    return { records, ...(session !== undefined && { next: (session.slot + 1).toString(RADIX) }) };
  }

  listByUser(username: string, now: number): SessionRecord[] {
    return this.#renewableOf(username, this.#secondOf(now)).map((session) => session.toRecord());
  }

  count(now: number): number {
    return this.#active.at(this.#secondOf(now));
  }

  sweepExpired(now: number, budget: SweepBudget): SweepResult {
    const second = this.#secondOf(now);
    return sweepSlice(budget, this.#expiry.expired(second), (session) =>
      this.#end(session, whyOver(session)),
    );
  }

  override absence(id: string, generation: number, now: number): Absence | undefined {
    const second = this.#secondOf(now);
    const session = this.#sessions.of(id).get(id);
    if (session === undefined) return this.#tombstones.get(id);
    if (!isRenewable(session, second, AHEAD)) return whyOver(session);
    if (generation < session.generation) return 'rotated';
    return isActive(session, second, AHEAD) ? undefined : 'expired';
  }

  override subscribe(listener: (change: SessionChange) => void): () => void {
    return this.#listeners.add(listener);
  }

  override clockCorrected({ setBackBy }: ClockCorrection): void {
    this.#latest.forget();
    if (setBackBy === undefined) return;
    this.#letGo();
    this.#slots.clear();
    this.#note({ type: 'ended-all' });
    this.#telling(undefined);
  }

  ping(): void {}

  close(): void {}

  /** All limits lie on whole seconds, so the second that `now` lies in decides as `now` itself would. */
  #secondOf(now: number): number {
    return toSecond(this.#latest.of(now));
  }

  #find(id: string, second: number): MemorySession | undefined {
    const session = this.#sessions.of(id).get(id);
    return session !== undefined && isRenewable(session, second, AHEAD) ? session : undefined;
  }

  #renewableOf(username: string, second: number): MemorySession[] {
    return [...this.#byUser.of(username)].filter((session) => isRenewable(session, second, AHEAD));
  }

  /** Finds a free slot for one more active session of a user, or ends others for it; all of that, or nothing. */
  #makeRoom(username: string, rules: LimitRules, second: number): LimitReached | EvictedSession[] {
    const active = this.#active.at(second);
    const own = rules.maxPerUser === Infinity ? [] : this.#activeOf(username, second);
    const surplus = Math.max(0, own.length + 1 - rules.maxPerUser);
    if (surplus > 0 && (rules.onUserLimit === 'reject' || rules.maxPerUser < 1)) {
      return { outcome: 'limit-reached', scope: 'user', active: own.length };
    }
    // Sorting is stable: of those used last in the same second, the older goes.
    if (rules.onUserLimit === 'evict-idle') own.sort((a, b) => a.lastAccessed - b.lastAccessed);
    const going = own.slice(0, surplus);
    if (active - going.length >= rules.max && (rules.onLimit === 'reject' || rules.max < 1)) {
      return { outcome: 'limit-reached', scope: 'all', active };
    }
    const evicted = going.map((session) => this.#evict(session));
    while (this.#active.at(second) >= rules.max) evicted.push(this.#evict(this.#oldestSlot(second)));
    return evicted;
  }

  #evict(session: MemorySession): EvictedSession {
    this.#end(session, 'evicted');
    return { id: session.id, username: session.username };
  }

  /** The session that has held its slot for longest; lapsed ones, which hold none, leave the queue here. */
  #oldestSlot(second: number): MemorySession {
    this.#callBack(second);
    for (;;) {
      const session = this.#slots.first!;
      if (isActive(session, second, AHEAD)) return session;
      this.#slots.remove(session);
      this.#strays.add(session, second, AHEAD);
    }
  }

  /** Those who left the queue by a clock that was wrong hold slots all the same. */
  #callBack(second: number): void {
    if (!this.#strays.mayBeActive(second)) return;
    this.#strays.clear();
    for (const session of this.#sessions.values()) {
      if (this.#slots.has(session)) continue;
      if (isActive(session, second, AHEAD)) this.#slots.moveToEnd(session);
      else this.#strays.add(session, second, AHEAD);
    }
  }

  /** Notes an access; where the end depends on it, the session is filed anew, at most once in a second. */
  #touch(session: MemorySession, second: number): void {
    const { expiresAt, idleTimeout, slideBy } = session.terms;
    const end = slideBy === undefined ? expiresAt : second + 1 + slideBy;
    if (second <= session.lastAccessed && end <= expiresAt) return;
    const moves = idleTimeout !== undefined || slideBy !== undefined;
    if (moves) this.#unfile(session);
    session.lastAccessed = Math.max(session.lastAccessed, second);
    if (slideBy !== undefined) session.slideTo(end, this.#terms);
    if (!moves) return;
    this.#file(session);
    // It had left the queue by a wrong clock, and lasts longer now than was noted then.
    if (!this.#slots.has(session)) this.#slots.moveToEnd(session);
  }

  #activeOf(username: string, second: number): MemorySession[] {
    return [...this.#byUser.of(username)].filter((session) => isActive(session, second, AHEAD));
  }

  #add(session: MemorySession): void {
    this.#keep(session);
    this.#slots.moveToEnd(session);
  }

  #end(session: MemorySession, reason: Exclude<Absence, 'rotated'>): void {
    this.#tombstones.set(session.id, reason);
    this.#remove(session);
    if (reason === 'expired' || reason === 'idle') return;
    this.#note({ type: 'ended', id: session.id, username: session.username, reason });
  }

  /** Everything but the queue, whose numbers go on. */
  #letGo(): void {
    this.#sessions = new Shards(hashOfStart);
    this.#byUser = new OwnerIndex();
    this.#active = new ActiveCounter();
    this.#expiry = new ExpiryIndex();
  }

  #keep(session: MemorySession): void {
    this.#sessions.set(session.id, session);
    this.#byUser.add(session.username, session);
    this.#file(session);
  }

  /** Remembers what is to be told, if anybody wants to know. */
  #note(change: SessionChange): void {
    if (this.#listeners.any) this.#changes.push(change);
  }

  /** Ends a step: whoever listens may call this store again. */
  #telling<T>(answer: T): T {
    if (this.#changes.length > 0) for (const change of this.#changes.splice(0)) this.#listeners.tell(change);
    return answer;
  }

  #remove(session: MemorySession): void {
    this.#sessions.of(session.id).delete(session.id);
    this.#byUser.remove(session.username, session);
    this.#slots.remove(session);
    this.#unfile(session);
  }

  #file(session: MemorySession): void {
    this.#active.add(session.issuedAt - AHEAD, activeEnd(session));
    this.#expiry.add(renewableEnd(session), session);
  }

  #unfile(session: MemorySession): void {
    this.#active.remove(session.issuedAt - AHEAD, activeEnd(session));
    this.#expiry.remove(renewableEnd(session), session);
  }
}

function whyOver(session: MemorySession): 'idle' | 'expired' {
  return fellIdle(session) ? 'idle' : 'expired';
}
