import { LatestTime } from '../../core/clock.js';
import { honours, isActive, isRenewable, SECOND } from '../../core/expiry.js';
import type { SessionRecord } from '../../core/session.js';
import {
  SessionStore,
  type CreateResult,
  type CreateRules,
  type RotateResult,
  type Rotation,
  type SweepBudget,
  type SweepResult,
} from '../../core/session-store.js';
import { ActiveCounter } from './active-counter.js';
import { ExpiryIndex } from './expiry-index.js';
import { MemorySession } from './memory-session.js';
import { OwnerIndex } from './owner-index.js';
import { sweepSlice } from './sweep-slice.js';

/**
 * Sessions in this process, gone with it.
 *
 * One map by id; beside it the users' sessions in order of creation, a count of the active ones by the second in
 * which they lapse, and the sessions by the second in which they are over. JavaScript runs each verb to its end
 * before anything else, which makes it indivisible; each answers at once.
 */
export class MemorySessionStore extends SessionStore {
  readonly shared = false;
  readonly #sessions = new Map<string, MemorySession>();
  readonly #byUser = new OwnerIndex<MemorySession>();
  readonly #active = new ActiveCounter();
  readonly #expiry = new ExpiryIndex<MemorySession>();
  readonly #latest = new LatestTime();

  create(record: SessionRecord, { max, reuseExisting }: CreateRules, now: number): CreateResult {
    const second = this.#secondOf(now);
    if (this.#find(record.id, second)) return { outcome: 'created', evicted: [] };
    if (reuseExisting) {
      for (const session of this.#byUser.of(record.username)) {
        if (isActive(session, second)) return { outcome: 'existing', record: session.toRecord() };
      }
    }
    const active = this.#active.at(second);
    if (active >= max) return { outcome: 'limit-reached', active };
    const over = this.#sessions.get(record.id);
    if (over !== undefined) this.#remove(over, second);
    this.#add(new MemorySession(record), second);
    return { outcome: 'created', evicted: [] };
  }

  access(id: string, generation: number, now: number): SessionRecord | undefined {
    const second = this.#secondOf(now);
    const session = this.#sessions.get(id);
    if (session === undefined || !isActive(session, second) || !honours(session, generation, second)) {
      return undefined;
    }
    if (second > session.lastAccessed) session.lastAccessed = second;
    return session.toRecord();
  }

  rotate(
    id: string,
    from: number,
    attempt: string,
    next: Rotation,
    { max }: Pick<CreateRules, 'max'>,
    now: number,
  ): RotateResult {
    const second = this.#secondOf(now);
    const session = this.#find(id, second);
    if (session === undefined) return { outcome: 'gone' };
    if (from < session.generation) {
      const repeated = from === session.generation - 1 && attempt === session.attempt;
      const record = session.toRecord();
      return repeated ? { outcome: 'rotated', record, evicted: [] } : { outcome: 'stale', record };
    }
    const active = this.#active.at(second);
    if (!isActive(session, second) && active >= max) return { outcome: 'limit-reached', active };
    this.#unfile(session, second);
    session.rotate(from + 1, attempt, next);
    this.#file(session, second);
    return { outcome: 'rotated', record: session.toRecord(), evicted: [] };
  }

  find(id: string, now: number): SessionRecord | undefined {
    return this.#find(id, this.#secondOf(now))?.toRecord();
  }

  revoke(id: string, _reason: string, now: number): SessionRecord | undefined {
    const second = this.#secondOf(now);
    const session = this.#find(id, second);
    if (session !== undefined) this.#remove(session, second);
    return session?.toRecord();
  }

  revokeByUser(username: string, { except }: { except?: string }, now: number): string[] {
    const second = this.#secondOf(now);
    const ending = this.#renewableOf(username, second).filter(({ id }) => id !== except);
    for (const session of ending) this.#remove(session, second);
    return ending.map(({ id }) => id);
  }

  listByUser(username: string, now: number): SessionRecord[] {
    return this.#renewableOf(username, this.#secondOf(now)).map((session) => session.toRecord());
  }

  count(now: number): number {
    return this.#active.at(this.#secondOf(now));
  }

  sweepExpired(now: number, budget: SweepBudget): SweepResult {
    const second = this.#secondOf(now);
    return sweepSlice(budget, this.#expiry.expired(second), (session) => this.#remove(session, second));
  }

  ping(): void {}

  close(): void {}

  /** All limits lie on whole seconds, so the second that `now` lies in decides as `now` itself would. */
  #secondOf(now: number): number {
    return Math.floor(this.#latest.of(now) / SECOND) - MemorySession.EPOCH;
  }

  #find(id: string, second: number): MemorySession | undefined {
    const session = this.#sessions.get(id);
    return session !== undefined && isRenewable(session, second) ? session : undefined;
  }

  #renewableOf(username: string, second: number): MemorySession[] {
    return [...this.#byUser.of(username)].filter((session) => isRenewable(session, second));
  }

  #add(session: MemorySession, second: number): void {
    this.#sessions.set(session.id, session);
    this.#byUser.add(session.username, session);
    this.#file(session, second);
  }

  #remove(session: MemorySession, second: number): void {
    this.#sessions.delete(session.id);
    this.#byUser.remove(session.username, session);
    this.#unfile(session, second);
  }

  #file(session: MemorySession, second: number): void {
    this.#active.at(second);
    this.#active.add(session.activeUntil, second);
    this.#expiry.add(session.renewableUntil, session);
  }

  #unfile(session: MemorySession, second: number): void {
    this.#active.at(second);
    this.#active.remove(session.activeUntil, second);
    this.#expiry.remove(session.renewableUntil, session);
  }
}
