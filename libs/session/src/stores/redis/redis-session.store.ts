import { setTimeout as pause } from 'node:timers/promises';
import { randomUUID } from 'node:crypto';
import type { Clock } from '../../util/clock.js';
import {
  MAX_CARRIED_BYTES,
  type ActiveRecord,
  type Amendment,
  type SessionRecord,
} from '../../core/session.js';
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
import { userKey, type PlaceKeys } from './keys.js';
import { RedisBackend, type StepTimes } from './redis-backend.js';
import type { RedisClient } from './redis-client.js';
import { checkWhole, type RedisSessionStoreOptions } from './redis-options.js';
import * as scripts from './session.lua.js';
import {
  activeSessionOf,
  changedMembers,
  furtherMembers,
  inSeconds,
  sessionOf,
  sessionText,
} from './session-text.js';

/** However much a sweep may do at once, so many in one step: everybody else waits for that. */
const SWEPT_AT_ONCE = 16;
/** Milliseconds after which another replica takes up a sweep whose replica is gone. */
const SWEEP_LEASE = 5000;
const YEAR = 31_536_000;

type LimitReply = [outcome: 'limit-reached', scope: LimitReached['scope'], active: number];
type CreateReply =
  [outcome: 'created', evicted: string[]] | [outcome: 'existing', id: string, text: string] | LimitReply;
type RotateReply =
  [outcome: 'gone'] | [outcome: 'rotated' | 'stale', text: string, evicted: string[]] | LimitReply;

/**
 * Sessions on a Redis or Valkey server, or in a cluster, for many processes.
 *
 * A session is one string without a TTL; beside the strings stand its owner's sessions in order of creation, the ids by
 * the second in which they cease to be active, by the second in which they are over, and by the order in which they
 * took a slot, so that counting, limits and sweeps scan nothing. Each verb is one script, which Redis runs as one step, by
 * the server's clock. All keys of a namespace have one hash tag.
 *
 * Nobody waits for longer than `timeout`, and a login or refresh that was given up does not happen later.
 */
export class RedisSessionStore extends SessionStore {
  readonly shared = true;
  override readonly clock: Clock;
  readonly #backend: RedisBackend;
  readonly #rememberFor: number;
  readonly #sweeper = randomUUID();
  /** Of how many eras nothing is left to free, as far as this process knows. */
  #freed = '0';

  /**
   * @param client of ioredis or node-redis, which stays the application's: `close()` ends only what this store opened.
   * @throws SessionConfigurationError for anything else, and for an option out of its range.
   */
  constructor(client: RedisClient, options: RedisSessionStoreOptions = {}) {
    super();
    const { rememberFor = 3600 } = options;
    checkWhole('rememberFor', rememberFor, 0, YEAR);
    this.#rememberFor = rememberFor;
    this.#backend = new RedisBackend(client, options);
    this.clock = this.#backend.clock;
  }

  async create(record: SessionRecord, rules: CreateRules, now: number): Promise<CreateResult> {
    const { id, username } = record;
    const place = this.#backend.keys.ofUser(username);
    const times = this.#backend.times(now);
    const args = [id, ...sessionText(record), rules.reuseExisting ? 1 : 0, ...rulesOf(rules)];
    const reply = (await this.#backend.run(
      scripts.CREATE,
      [...commonKeys(place), place.session(id), place.sessionsOf(username)],
      [...this.#common(place, times, await this.#backend.deadline()), ...args],
      { tooLate: (answer) => this.#undo(id, now, answer) },
    )) as CreateReply;
    if (reply[0] === 'created') return { outcome: 'created', evicted: evictedOf(reply[1]) };
    if (reply[0] === 'existing') return { outcome: 'existing', record: sessionOf(reply[1], reply[2]) };
    return limitReached(reply);
  }

  async access(id: string, generation: number, now: number): Promise<ActiveRecord | undefined> {
    const { keys } = this.#backend;
    const place = keys.ofId(id);
    const text = await this.#backend.run(
      scripts.ACCESS,
      [place.session(id), place.era, place.active, place.over],
      [...this.#backend.times(now), id, generation],
    );
    return text === null ? undefined : activeSessionOf(id, text as string);
  }

  async rotate(id: string, request: RotationRequest, now: number): Promise<RotateResult> {
    const { from, attempt, next, rules } = request;
    const place = this.#backend.keys.ofId(id);
    const times = this.#backend.times(now);
    const nextTimes = [
      next.issuedAt,
      next.lastAccessed,
      next.expiresAt,
      next.activeUntil,
      next.refreshExpiresAt,
      next.renewableUntil,
      next.previousUntil,
    ].map(inSeconds);
    const args = [id, from, attempt, ...nextTimes, ...rulesOf(rules), ...furtherMembers(next)];
    const reply = (await this.#backend.run(
      scripts.ROTATE,
      [...commonKeys(place), place.session(id)],
      [...this.#common(place, times, await this.#backend.deadline()), ...args],
    )) as RotateReply;
    if (reply[0] === 'gone') return { outcome: 'gone' };
    if (reply[0] === 'limit-reached') return limitReached(reply);
    const [outcome, text, evicted] = reply;
    const record = sessionOf(id, text);
    return outcome === 'stale' ? { outcome, record } : { outcome, record, evicted: evictedOf(evicted) };
  }

  async amend(
    id: string,
    amendment: Amendment & { readonly username?: string },
    now: number,
  ): Promise<AmendResult> {
    const details = changedMembers(amendment.details);
    const args = [...ownerOf(amendment), MAX_CARRIED_BYTES, details.length / 2];
    const reply = await this.#ofSession(scripts.AMEND, id, now, [
      ...args,
      ...details,
      ...changedMembers(amendment.claims),
    ]);
    const [outcome, text] = reply as [AmendResult['outcome'], string];
    return outcome === 'amended' ? { outcome, record: sessionOf(id, text) } : { outcome };
  }

  async find(id: string, now: number): Promise<SessionRecord | undefined> {
    return found(id, await this.#ofSession(scripts.FIND, id, now, []));
  }

  async revoke(
    id: string,
    reason: RevokeReason,
    owner: { readonly username?: string },
    now: number,
  ): Promise<SessionRecord | undefined> {
    const place = this.#backend.keys.ofId(id);
    const reply = await this.#backend.revoke(
      scripts.REVOKE,
      [...commonKeys(place), place.session(id)],
      [...this.#common(place, this.#backend.times(now)), id, ...ownerOf(owner), reason],
    );
    return found(id, reply);
  }

  async revokeByUser(
    username: string,
    { except = '' }: { readonly except?: string },
    now: number,
  ): Promise<string[]> {
    const place = this.#backend.keys.ofUser(username);
    return (await this.#backend.revoke(
      scripts.REVOKE_BY_USER,
      [...commonKeys(place), place.sessionsOf(username)],
      [...this.#common(place, this.#backend.times(now)), userKey(username), except],
    )) as string[];
  }

  async revokeAll({ except = '' }: { readonly except?: string }, now: number): Promise<number> {
    const { keys } = this.#backend;
    const times = this.#backend.times(now);
    let ended = 0;
    for (const place of keys.places) ended += await this.#endEra(place, except, times);
    return ended;
  }

  async browse({ after, limit }: PageRequest, now: number): Promise<Page<SessionRecord> | undefined> {
    const times = this.#backend.times(now);
    if (after !== undefined && !/^[1-9]\d{0,14}$/.test(after)) return undefined;
    const [place] = this.#backend.keys.places as [PlaceKeys];
    const reply = await this.#backend.run(scripts.BROWSE, commonKeys(place), [
      ...this.#common(place, times),
      after ?? '',
      limit,
    ]);
    if (reply === null) return undefined;
    const [next, ...sessions] = reply as [string, ...string[]];
    return { records: sessionsOf(sessions), ...(next !== '' && { next }) };
  }

  async listByUser(username: string, now: number): Promise<SessionRecord[]> {
    const place = this.#backend.keys.ofUser(username);
    const reply = await this.#backend.run(
      scripts.LIST_BY_USER,
      [...commonKeys(place), place.sessionsOf(username)],
      [...this.#common(place, this.#backend.times(now)), userKey(username)],
    );
    return sessionsOf(reply as string[]);
  }

  async count(now: number): Promise<number> {
    const times = this.#backend.times(now);
    const counts = await Promise.all(
      this.#backend.keys.places.map((place) =>
        this.#backend.run(scripts.COUNT, commonKeys(place), this.#common(place, times)),
      ),
    );
    return (counts as number[]).reduce((sum, count) => sum + count, 0);
  }

  /** By the server's clock alone, in small steps with as long a pause after each; one replica at a time. */
  async sweepExpired(now: number, { budgetMs, batchSize }: SweepBudget): Promise<SweepResult> {
    const times = this.#backend.times(now, 0);
    const until = performance.now() + budgetMs;
    const [place] = this.#backend.keys.places as [PlaceKeys];
    let removed = 0;
    for (;;) {
      const began = performance.now();
      const slice = await this.#sweep(place, times, Math.min(batchSize, SWEPT_AT_ONCE));
      removed += slice.removed;
      if (!slice.more) return { removed, more: false };
      if (removed > 0 && performance.now() >= until) return { removed, more: true };
      await pause(performance.now() - began);
    }
  }

  override async absence(id: string, generation: number, now: number): Promise<Absence | undefined> {
    const reason = await this.#ofSession(scripts.ABSENCE, id, now, [generation]);
    return reason === null ? undefined : (reason as Absence);
  }

  override subscribe(listener: (change: SessionChange) => void): () => void {
    const ends = this.#backend.keys.places.map(({ ended }) =>
      this.#backend.subscribe(ended, (message) => listener(changeOf(message))),
    );
    return () => {
      for (const end of ends) end();
    };
  }

  ping(): Promise<void> {
    return this.#backend.ping();
  }

  close(): void {
    this.#backend.close();
  }

  /** A step that asks about one session, and answers for it. */
  #ofSession(
    step: (typeof scripts)[keyof typeof scripts],
    id: string,
    now: number,
    args: readonly (string | number)[],
  ): Promise<unknown> {
    const place = this.#backend.keys.ofId(id);
    return this.#backend.run(
      step,
      [...commonKeys(place), place.session(id)],
      [...this.#common(place, this.#backend.times(now)), id, ...args],
    );
  }

  /** The arguments that all steps but an access begin with. */
  #common(place: PlaceKeys, times: StepTimes, deadline: number | '' = ''): (string | number)[] {
    return [...times, deadline, place.prefix, this.#rememberFor];
  }

  /** Nobody knows of a session whose login was given up. */
  #undo(id: string, now: number, answer: unknown): void {
    if ((answer as string[])[0] !== 'created') return;
    this.revoke(id, 'revoked', {}, now).catch(() => undefined);
  }

  /** The step has to name the era that it ends, since a key bears that name; another may have ended it meanwhile. */
  async #endEra(place: PlaceKeys, except: string, times: StepTimes): Promise<number> {
    for (let era = '0'; ;) {
      const [outcome, answer] = (await this.#backend.revoke(
        scripts.REVOKE_ALL,
        [...commonKeys(place), place.overOf(era), place.session(except)],
        [...this.#common(place, times), era, except],
      )) as ['era', string] | ['ended', number];
      if (outcome === 'ended') return answer;
      era = answer;
    }
  }

  async #sweep(place: PlaceKeys, times: StepTimes, most: number): Promise<SweepResult> {
    for (;;) {
      const [outcome, ...answer] = (await this.#backend.run(
        scripts.SWEEP,
        [...commonKeys(place), place.freed, place.sweeper, place.overOf(this.#freed)],
        [...this.#common(place, times), this.#freed, most, this.#sweeper, SWEEP_LEASE],
      )) as ['busy'] | ['freed', string] | ['swept', number, number];
      if (outcome === 'busy') return { removed: 0, more: false };
      if (outcome === 'swept') return { removed: answer[0] as number, more: answer[1] === 1 };
      this.#freed = answer[0] as string;
    }
  }
}

/** The keys that all steps but an access begin with. */
function commonKeys({ era, active, over, slots, front, issued, seq }: PlaceKeys): string[] {
  return [era, active, over, slots, front, issued, seq];
}

function rulesOf({ max, onLimit, maxPerUser, onUserLimit }: LimitRules): (string | number)[] {
  return [max === Infinity ? '' : max, onLimit, maxPerUser === Infinity ? '' : maxPerUser, onUserLimit];
}

function ownerOf(owner: { readonly username?: string }): [by: string, username: string] {
  if (!('username' in owner)) return ['anybody', ''];
  return owner.username === undefined ? ['nobody', ''] : ['user', owner.username];
}

function evictedOf(idsAndNames: readonly string[]): EvictedSession[] {
  return inPairs(idsAndNames).map(([id, username]) => ({ id, username }));
}

function sessionsOf(idsAndTexts: readonly string[]): SessionRecord[] {
  return inPairs(idsAndTexts).map(([id, text]) => sessionOf(id, text));
}

function inPairs(items: readonly string[]): [string, string][] {
  return Array.from({ length: items.length / 2 }, (_, place) => [items[2 * place]!, items[2 * place + 1]!]);
}

function found(id: string, text: unknown): SessionRecord | undefined {
  return text === null ? undefined : sessionOf(id, text as string);
}

function limitReached([outcome, scope, active]: LimitReply): LimitReached {
  return { outcome, scope, active };
}

/** `<id> <reason, or rotated> <username>`, or `* <the one that is still there>`. */
function changeOf(message: string): SessionChange {
  const [, id, why, username] = /^(\S+) (\S*) ?(.*)$/s.exec(message) as unknown as string[];
  if (id === '*') return { type: 'ended-all', ...(why !== '' && { except: why }) };
  if (why === 'rotated') return { type: 'rotated', id: id!, username: username! };
  return { type: 'ended', id: id!, username: username!, reason: why as RevokeReason | 'evicted' };
}
