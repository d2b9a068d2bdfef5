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
  type AccessOptions,
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
import { InvalidInputError, SessionConfigurationError } from '../../core/errors.js';
import { userKey, type PlaceKeys } from './keys.js';
import { RedisBackend, type StepTimes } from './redis-backend.js';
import { nearServer } from './near-server.js';
import { NearSessions, NOTHING_NEAR } from '../remote/near-sessions.js';
import type { NearCacheOptions, NearCacheStats } from '../remote/near-cache.js';
import { resolveSessionOptions } from '../remote/remote-options.js';
import { sessionChangeOf } from '../remote/session-news.js';
import { sweepInSlices } from '../remote/sweep-in-slices.js';
import type { MaybePromise } from '../../util/maybe-promise.js';
import type { RedisClient } from './redis-client.js';
import type { RedisSessionStoreOptions } from './redis-options.js';
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
  readonly #near: NearSessions | undefined;
  readonly #sweeper = randomUUID();
  /** Of how many eras of a place nothing is left to free, as far as this process knows. */
  readonly #freed = new Map<PlaceKeys, string>();

  /**
   * @param client of ioredis or node-redis, which stays the application's: `close()` ends only what this store opened.
   * @throws SessionConfigurationError for anything else, and for an option out of its range.
   */
  constructor(client: RedisClient, options: RedisSessionStoreOptions = {}) {
    super();
    const { rememberFor, nearCache } = resolveSessionOptions(options);
    this.#rememberFor = rememberFor;
    this.#backend = new RedisBackend(client, options);
    this.clock = this.#backend.clock;
    const { partitions } = this.#backend;
    this.#near = nearSessions(this.#backend, nearCache);
    if (partitions.count > 1) this.newId = (username) => partitions.newId(username);
  }

  /** Not where they are spread over partitions: no step looks into several. */
  override get limitsAll(): boolean {
    return this.#backend.partitions.count === 1;
  }

  async create(record: SessionRecord, rules: CreateRules, now: number): Promise<CreateResult> {
    if (rules.onUserLimit === 'evict-idle') await this.#near?.flush();
    const { id, username } = record;
    const place = this.#backend.keys.ofUser(username);
    if (this.#backend.keys.ofId(id) !== place)
      throw new InvalidInputError('id: expected one that newId made for the user');
    const times = this.#backend.times(now);
    const args = [id, ...sessionText(record), rules.reuseExisting ? 1 : 0, ...rulesOf(rules)];
    const reply = (await this.#backend.run(
      scripts.CREATE,
      [...commonKeys(place), place.session(id), place.sessionsOf(username)],
      [...this.#common(place, times, await this.#backend.deadline()), ...args],
      { tooLate: (answer) => this.#undo(id, now, answer) },
    )) as CreateReply;
    if (reply[0] === 'created') return { outcome: 'created', evicted: this.#gone(evictedOf(reply[1])) };
    if (reply[0] === 'existing') return { outcome: 'existing', record: sessionOf(reply[1], reply[2]) };
    return limitReached(reply);
  }

  access(
    id: string,
    generation: number,
    now: number,
    { fresh = false }: AccessOptions = {},
  ): MaybePromise<ActiveRecord | undefined> {
    const near = this.#near;
    if (near === undefined) return this.#access(id, generation, now);
    const record = fresh ? undefined : near.find(id, generation, this.#backend.times(now)[0]);
    return record ?? near.reading(id, () => this.#access(id, generation, now));
  }

  async #access(id: string, generation: number, now: number): Promise<ActiveRecord | undefined> {
    const place = this.#backend.keys.ofId(id);
    if (place === undefined) return undefined;
    const text = await this.#backend.run(
      scripts.ACCESS,
      [place.session(id), place.era, place.active, place.over],
      [...this.#backend.times(now), id, generation],
    );
    return text === null ? undefined : activeSessionOf(id, text as string);
  }

  async rotate(id: string, request: RotationRequest, now: number): Promise<RotateResult> {
    await this.#near?.flush();
    return this.#changing([id], () => this.#rotate(id, request, now));
  }

  async #rotate(id: string, request: RotationRequest, now: number): Promise<RotateResult> {
    const { from, attempt, next, rules } = request;
    const place = this.#backend.keys.ofId(id);
    if (place === undefined) return { outcome: 'gone' };
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
    return outcome === 'stale'
      ? { outcome, record }
      : { outcome, record, evicted: this.#gone(evictedOf(evicted)) };
  }

  /** Changes what a session carries, key by key, in one step; `too-large` beyond 2 KiB of details, or of claims. */
  async amend(
    id: string,
    amendment: Amendment & { readonly username?: string },
    now: number,
  ): Promise<AmendResult> {
    const details = changedMembers(amendment.details);
    const args = [...ownerOf(amendment), MAX_CARRIED_BYTES, details.length / 2];
    const all = [...args, ...details, ...changedMembers(amendment.claims)];
    const reply = await this.#changing([id], () => this.#ofSession(scripts.AMEND, id, now, all));
    if (reply === null) return { outcome: 'gone' };
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
    if (place === undefined) return undefined;
    const keys = [...commonKeys(place), place.session(id)];
    const args = [...this.#common(place, this.#backend.times(now)), id, ...ownerOf(owner), reason];
    const reply = await this.#changing([id], () => this.#backend.revoke(scripts.REVOKE, keys, args));
    return found(id, reply);
  }

  async revokeByUser(
    username: string,
    { except = '' }: { readonly except?: string },
    now: number,
  ): Promise<string[]> {
    const place = this.#backend.keys.ofUser(username);
    const keys = [...commonKeys(place), place.sessionsOf(username)];
    const args = [...this.#common(place, this.#backend.times(now)), userKey(username), except];
    return this.#changingAll(async () => {
      return (await this.#backend.revoke(scripts.REVOKE_BY_USER, keys, args)) as string[];
    });
  }

  async revokeAll({ except = '' }: { readonly except?: string }, now: number): Promise<number> {
    const { keys } = this.#backend;
    const times = this.#backend.times(now);
    return this.#changingAll(async () => {
      let ended = 0;
      // The first one last, since it is the one that tells of it.
      for (const place of [...keys.places].reverse()) ended += await this.#endEra(place, except, times);
      return ended;
    });
  }

  /** What became of those near this process, of how many it was asked, and how old it may be; counted since it began. */
  stats(): NearCacheStats {
    return this.#near?.stats ?? NOTHING_NEAR;
  }

  async browse({ after, limit }: PageRequest, now: number): Promise<Page<SessionRecord> | undefined> {
    await this.#near?.flush();
    const times = this.#backend.times(now);
    const { places } = this.#backend.keys;
    const from = cursorOf(after, places.length);
    if (from === undefined) return undefined;
    const place = places[from.place]!;
    const reply = await this.#backend.run(scripts.BROWSE, commonKeys(place), [
      ...this.#common(place, times),
      from.slot,
      limit,
    ]);
    if (reply === null) return undefined;
    const [slot, ...sessions] = reply as [string, ...string[]];
    const next = nextCursor({ ...from, slot }, places.length);
    return { records: sessionsOf(sessions), ...(next !== undefined && { next }) };
  }

  async listByUser(username: string, now: number): Promise<SessionRecord[]> {
    await this.#near?.flush();
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
    const most = Math.min(batchSize, SWEPT_AT_ONCE);
    return sweepInSlices(this.#backend.keys.places, budgetMs, (place) => this.#sweep(place, times, most));
  }

  override async absence(id: string, generation: number, now: number): Promise<Absence | undefined> {
    const reason = await this.#ofSession(scripts.ABSENCE, id, now, [generation]);
    return reason === null ? undefined : (reason as Absence);
  }

  override subscribe(listener: (change: SessionChange) => void): () => void {
    const channels = this.#backend.keys.places.map(({ ended }) => ended);
    return this.#backend.news.subscribeToEnds(channels, sessionChangeOf, listener);
  }

  ping(): Promise<void> {
    return this.#backend.ping();
  }

  close(): void {
    this.#near?.close();
    this.#backend.close();
  }

  /** A step that asks about one session, and answers for it; `null` for an id that none can have. */
  async #ofSession(
    step: (typeof scripts)[keyof typeof scripts],
    id: string,
    now: number,
    args: readonly (string | number)[],
  ): Promise<unknown> {
    const place = this.#backend.keys.ofId(id);
    if (place === undefined) return null;
    return this.#backend.run(
      step,
      [...commonKeys(place), place.session(id)],
      [...this.#common(place, this.#backend.times(now)), id, ...args],
    );
  }

  /** Of these nobody finds anything nearby that was asked for before the end of the change. */
  #changing<T>(ids: readonly string[], change: () => Promise<T>): Promise<T> {
    return this.#near === undefined ? change() : this.#near.changing(ids, change);
  }

  /** The same where nobody knows beforehand whom it concerns. */
  async #changingAll<T>(change: () => Promise<T>): Promise<T> {
    try {
      return await change();
    } finally {
      this.#near?.forgetAll();
    }
  }

  #gone(evicted: EvictedSession[]): EvictedSession[] {
    this.#near?.forget(evicted.map(({ id }) => id));
    return evicted;
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
      const freed = this.#freed.get(place) ?? '0';
      const [outcome, ...answer] = (await this.#backend.run(
        scripts.SWEEP,
        [...commonKeys(place), place.freed, place.sweeper, place.overOf(freed)],
        [...this.#common(place, times), freed, most, this.#sweeper, SWEEP_LEASE],
      )) as ['busy'] | ['freed', string] | ['swept', number, number];
      if (outcome === 'busy') return { removed: 0, more: false };
      if (outcome === 'swept') return { removed: answer[0] as number, more: answer[1] === 1 };
      this.#freed.set(place, answer[0] as string);
    }
  }
}

/** @throws SessionConfigurationError beside partitions, whose news come by several ways. */
function nearSessions(
  backend: RedisBackend,
  options: NearCacheOptions | undefined,
): NearSessions | undefined {
  if (options === undefined) return undefined;
  if (backend.partitions.count === 1) return new NearSessions(nearServer(backend), options);
  throw new SessionConfigurationError('nearCache: expected none beside partitions, got one');
}

/** Where a walk goes on: in which place, and below which slot there. */
interface Cursor {
  readonly place: number;
  /** Empty for the beginning. */
  readonly slot: string;
}

/** `<slot>`, or where there are several places `<place>.<slot>`; `undefined` for what is neither. */
function cursorOf(after: string | undefined, places: number): Cursor | undefined {
  if (after === undefined) return { place: 0, slot: '' };
  const [, place = '0', slot] =
    (places === 1 ? /^()([1-9]\d{0,14})$/ : /^(\d{1,3})\.([1-9]\d{0,14}|)$/).exec(after) ?? [];
  return slot === undefined || Number(place) >= places ? undefined : { place: Number(place), slot };
}

/** After the last slot of a place comes the next place. */
function nextCursor({ place, slot }: Cursor, places: number): string | undefined {
  if (places === 1) return slot === '' ? undefined : slot;
  if (slot !== '') return `${place}.${slot}`;
  return place + 1 < places ? `${place + 1}.` : undefined;
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
