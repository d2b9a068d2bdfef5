import { amended } from '../../core/amendments.js';
import { isOwnedBy } from '../../core/ownership.js';
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
import type { ActiveRecord, Amendment, SessionRecord } from '../../core/session.js';
import type { Clock } from '../../util/clock.js';
import type { MaybePromise } from '../../util/maybe-promise.js';
import type { NearCacheStats } from '../remote/near-cache.js';
import { NearSessions, NOTHING_NEAR, type NearServer } from '../remote/near-sessions.js';
import { resolveSessionOptions } from '../remote/remote-options.js';
import { sessionChangeOf } from '../remote/session-news.js';
import { sweepInSlices } from '../remote/sweep-in-slices.js';
import { PostgresBackend } from './postgres-backend.js';
import type { PostgresPool, Row } from './postgres-client.js';
import type { PostgresSessionStoreOptions } from './postgres-options.js';
import { activeSessionOf, furtherOf, membersText, rowOf, rowOfRotation, sessionOf } from './session-row.js';
import { sessionStatements } from './session-statements.js';

/** However much a sweep may do at once, so many in one step: others wait for the locks of that. */
const SWEPT_AT_ONCE = 256;

/**
 * Sessions in a PostgreSQL database, for many processes: where the application's data already is, and as durable.
 *
 * Each verb is one statement, by the server's clock. Limits are judged behind a lock, by tallies that every step keeps, so
 * that nothing is ever counted one by one; validating takes no lock, and writes at most once in a second. The schema is made
 * by `ensureSchema`.
 *
 * Nobody waits for longer than `timeout`, and a login or refresh that was given up does not happen later.
 */
export class PostgresSessionStore extends SessionStore {
  readonly shared = true;
  override readonly clock: Clock;
  readonly #backend: PostgresBackend;
  readonly #statements: ReturnType<typeof sessionStatements>;
  readonly #remembered: string;
  readonly #near: NearSessions | undefined;

  /**
   * @param pool of `pg`, which stays the application's, and lends one of its connections to the news of other processes.
   * @throws SessionConfigurationError for anything else, and for an option out of its range.
   */
  constructor(pool: PostgresPool, options: PostgresSessionStoreOptions = {}) {
    super();
    const { rememberFor, nearCache } = resolveSessionOptions(options);
    this.#remembered = `${rememberFor} seconds`;
    this.#backend = new PostgresBackend(pool, options);
    this.#statements = sessionStatements(this.#backend);
    this.clock = this.#backend.clock;
    this.#near = nearCache && new NearSessions(this.#nearServer, nearCache);
  }

  async create(record: SessionRecord, rules: CreateRules, now: number): Promise<CreateResult> {
    if (rules.onUserLimit === 'evict-idle') await this.#near?.flush();
    const row = await this.#untilRoomIsFound(
      async () => [
        rowOf(record),
        rules.reuseExisting,
        ...rulesOf(rules),
        ...this.#backend.times(now),
        await this.#backend.deadline(),
        this.#remembered,
      ],
      this.#statements.create,
      // Nobody knows of a session whose login was given up.
      (late) => {
        if (late['outcome'] !== 'created') return;
        this.revoke(record.id, 'revoked', {}, now).catch(() => undefined);
      },
    );
    if (row['outcome'] === 'created') return { outcome: 'created', evicted: this.#gone(row) };
    if (row['outcome'] === 'existing') return { outcome: 'existing', record: sessionOf(row) };
    return limitReached(row);
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
    const values = [id, generation, ...this.#backend.times(now)];
    const [row] = await this.#backend.run(this.#statements.access, values);
    return row && activeSessionOf(row);
  }

  async rotate(id: string, request: RotationRequest, now: number): Promise<RotateResult> {
    await this.#near?.flush();
    return this.#changing([id], () => this.#rotate(id, request, now));
  }

  async #rotate(id: string, request: RotationRequest, now: number): Promise<RotateResult> {
    const { from, attempt, next, rules } = request;
    const row = await this.#untilRoomIsFound(
      async () => [
        id,
        from,
        attempt,
        ...rowOfRotation(next),
        ...rulesOf(rules),
        ...this.#backend.times(now),
        await this.#backend.deadline(),
        this.#remembered,
      ],
      this.#statements.rotate,
    );
    const outcome = row['outcome'] as RotateResult['outcome'];
    if (outcome === 'gone') return { outcome };
    if (outcome === 'limit-reached') return limitReached(row);
    const record = sessionOf(row);
    return outcome === 'stale' ? { outcome, record } : { outcome, record, evicted: this.#gone(row) };
  }

  /**
   * Changes what a session carries, key by key: read, merged here by the rule that every store has, and written if nobody has
   * changed it meanwhile; else once more.
   */
  async amend(
    id: string,
    amendment: Amendment & { readonly username?: string },
    now: number,
  ): Promise<AmendResult> {
    for (;;) {
      const present = await this.find(id, now);
      if (present === undefined || !isOwnedBy(present, amendment)) return { outcome: 'gone' };
      const carried = amended(present, amendment);
      if (carried === undefined) return { outcome: 'too-large' };
      const { claims: _, ...further } = Object.fromEntries(furtherOf(present));
      const values = [
        id,
        ...this.#backend.times(now),
        membersText(present.details),
        membersText(Object.fromEntries(furtherOf(present))),
        membersText(carried.details),
        membersText(carried.claims === undefined ? further : { ...further, claims: carried.claims }),
      ];
      const [row] = await this.#changing([id], () => this.#backend.run(this.#statements.amend, values));
      if (row !== undefined) return { outcome: 'amended', record: sessionOf(row) };
    }
  }

  async find(id: string, now: number): Promise<SessionRecord | undefined> {
    const [row] = await this.#backend.run(this.#statements.find, [id, ...this.#backend.times(now)]);
    return row && sessionOf(row);
  }

  async revoke(
    id: string,
    reason: RevokeReason,
    owner: { readonly username?: string },
    now: number,
  ): Promise<SessionRecord | undefined> {
    const times = this.#backend.times(now);
    if ('username' in owner && owner.username === undefined) return undefined;
    const values = [id, reason, owner.username ?? null, ...times, this.#remembered];
    const [row] = await this.#changing([id], () => this.#backend.run(this.#statements.revoke, values));
    return row && sessionOf(row);
  }

  async revokeByUser(
    username: string,
    { except }: { readonly except?: string },
    now: number,
  ): Promise<string[]> {
    const values = [username, except ?? null, ...this.#backend.times(now), this.#remembered];
    const rows = await this.#changingAll(() => this.#backend.run(this.#statements.revokeByUser, values));
    return rows.map(({ id }) => id as string);
  }

  async revokeAll({ except }: { readonly except?: string }, now: number): Promise<number> {
    const values = [except ?? null, ...this.#backend.times(now)];
    const [row] = await this.#changingAll(() => this.#backend.run(this.#statements.revokeAll, values));
    return Number(row!['ended']);
  }

  async browse({ after, limit }: PageRequest, now: number): Promise<Page<SessionRecord> | undefined> {
    await this.#near?.flush();
    const times = this.#backend.times(now);
    if (after !== undefined && !/^[1-9]\d{0,17}$/.test(after)) return undefined;
    const rows = await this.#backend.run(this.#statements.browse, [after ?? null, limit, ...times]);
    const [first] = rows;
    if (first === undefined) return undefined;
    const records = rows.filter(({ id }) => id !== null).map(sessionOf);
    return { records, ...(first['next'] !== null && { next: String(first['next']) }) };
  }

  async listByUser(username: string, now: number): Promise<SessionRecord[]> {
    await this.#near?.flush();
    const values = [username, ...this.#backend.times(now)];
    return (await this.#backend.run(this.#statements.listByUser, values)).map(sessionOf);
  }

  async count(now: number): Promise<number> {
    const [row] = await this.#backend.run(this.#statements.count, [...this.#backend.times(now)]);
    return Number(row!['active']);
  }

  /** By the server's clock alone, in steps with as long a pause after each; others do the same with other sessions. */
  async sweepExpired(now: number, { budgetMs, batchSize }: SweepBudget): Promise<SweepResult> {
    const values = [Math.min(batchSize, SWEPT_AT_ONCE), ...this.#backend.times(now, 0), this.#remembered];
    return sweepInSlices([this.#backend], budgetMs, async (backend) => {
      const [row] = await backend.run(this.#statements.sweep, values);
      return { removed: Number(row!['removed']), more: Number(row!['more']) === 1 };
    });
  }

  override async absence(id: string, generation: number, now: number): Promise<Absence | undefined> {
    const values = [id, generation, ...this.#backend.times(now)];
    const [row] = await this.#backend.run(this.#statements.absence, values);
    return (row!['reason'] as Absence | null) ?? undefined;
  }

  override subscribe(listener: (change: SessionChange) => void): () => void {
    return this.#backend.news.subscribeToEnds([this.#ended], sessionChangeOf, listener);
  }

  /** What became of those near this process, of how many it was asked, and how old it may be; counted since it began. */
  stats(): NearCacheStats {
    return this.#near?.stats ?? NOTHING_NEAR;
  }

  ping(): Promise<void> {
    return this.#backend.ping();
  }

  close(): void {
    this.#near?.close();
    this.#backend.close();
  }

  get #ended(): string {
    return `${this.#backend.schema}:ended`;
  }

  get #nearServer(): NearServer {
    const backend = this.#backend;
    return {
      news: backend.news,
      ended: this.#ended,
      beats: `${backend.schema}:`,
      publish: (channel, message) => backend.run(this.#statements.publish, [channel, message]),
      note: (touches) =>
        backend.run(this.#statements.note, [touches.map(([id]) => id), touches.map(([, time]) => time)]),
    };
  }

  /** A step that passes many lapsed sessions in the queue for slots keeps how far it came, and is asked for again. */
  async #untilRoomIsFound(
    values: () => Promise<unknown[]>,
    statement: Parameters<PostgresBackend['run']>[0],
    tooLate?: (row: Row) => void,
  ): Promise<Row> {
    for (;;) {
      const [row] = await this.#backend.run(statement, await values(), {
        tooLate: ([late]) => tooLate?.(late!),
      });
      if (row!['outcome'] !== 'again') return row!;
    }
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

  #gone(row: Row): EvictedSession[] {
    const items = JSON.parse(row['evicted'] as string) as string[];
    const evicted = Array.from({ length: items.length / 2 }, (_, place) => ({
      id: items[2 * place]!,
      username: items[2 * place + 1]!,
    }));
    this.#near?.forget(evicted.map(({ id }) => id));
    return evicted;
  }
}

/** The highest number of the database's integers, which no limit reaches that is one. */
const MOST = 2_147_483_647;

function rulesOf({ max, onLimit, maxPerUser, onUserLimit }: LimitRules): unknown[] {
  return [finite(max), onLimit, finite(maxPerUser), onUserLimit];
}

function finite(limit: number): number | null {
  return limit > MOST ? null : limit;
}

function limitReached(row: Row): LimitReached {
  return {
    outcome: 'limit-reached',
    scope: row['scope'] as LimitReached['scope'],
    active: Number(row['active']),
  };
}
