import {
  ApiTokenStore,
  type ApiTokenChange,
  type ApiTokenRecord,
  type SignedApiToken,
} from '../../core/api-token-store.js';
import type { Page, PageRequest, SweepBudget, SweepResult } from '../../core/session-store.js';
import type { Clock } from '../../util/clock.js';
import { apiTokenChangeOf } from '../remote/api-token-news.js';
import { pass } from '../remote/pass.js';
import { sweepInSlices } from '../remote/sweep-in-slices.js';
import { apiTokenOf, rowOfApiToken, tokenColumns } from './api-token-row.js';
import { PostgresBackend } from './postgres-backend.js';
import type { PostgresPool } from './postgres-client.js';
import type { PostgresOptions } from './postgres-options.js';

/** However much a sweep may do at once, so many in one step. */
const SWEPT_AT_ONCE = 256;
/** For how long a token may be on its way to the server: the longest time-out that can be chosen. */
const UNDER_WAY = '60 seconds';

/** Reads, judges, and writes where the second of the access is a new one, as that of a session does. */
const ACCESS = `
WITH moment AS MATERIALIZED (
  SELECT m.now, date_trunc('second', m.now) AS second FROM (SELECT %S.time_of($4, $5) AS now OFFSET 0) m
), found AS MATERIALIZED (
  SELECT t.*, m.second FROM moment m, %S.api_tokens t
  WHERE t.jti = $1 AND t.era = (%TOKENS_ERA) AND %S.is_there(t, m.now)
    AND CASE WHEN t.username IS NULL THEN NOT %S.is_cut_off($2, to_timestamp($3::double precision / 1000), m.now)
      ELSE t.username = $2 END
), noted AS (
  UPDATE %S.api_tokens t SET last_accessed = f.second FROM found f
  WHERE t.jti = f.jti AND t.era = f.era AND coalesce(t.last_accessed, '-infinity') < f.second
    AND coalesce(f.last_accessed, '-infinity') < f.second
  -- A note that is lost with the server harms nobody.
  RETURNING set_config('synchronous_commit', 'off', true)
)
SELECT ${tokenColumns('f').replace('%S.ms(f.last_accessed)', '%S.ms(greatest(f.last_accessed, f.second))')} FROM found f`;

/** API tokens in a PostgreSQL database, for as many processes as share it: each verb is one statement. */
export class PostgresApiTokenStore extends ApiTokenStore {
  readonly shared = true;
  override readonly clock: Clock;
  readonly #backend: PostgresBackend;
  readonly #statements: ReturnType<typeof statements>;

  /**
   * @param pool of `pg`, which stays the application's, and lends one of its connections to the news of other processes.
   * @throws SessionConfigurationError for anything else, and for an option out of its range.
   */
  constructor(pool: PostgresPool, options: PostgresOptions = {}) {
    super();
    this.#backend = new PostgresBackend(pool, options);
    this.#statements = statements(this.#backend);
    this.clock = this.#backend.clock;
  }

  async put(record: ApiTokenRecord, now: number): Promise<boolean> {
    const times = this.#backend.times(now);
    // As it came, and not as the latest time seen: it tells when the token was asked for.
    const values = [rowOfApiToken(record), now, ...times, await this.#backend.deadline()];
    const [row] = await this.#backend.run(this.#statements.put, values, {
      // Of a token that was registered when its maker had been told that it may not be.
      tooLate: ([late]) => {
        if (Number(late!['registered']) === 1) this.revoke(record.jti, {}, now).catch(() => undefined);
      },
    });
    return Number(row!['registered']) === 1;
  }

  async access(jti: string, signed: SignedApiToken, now: number): Promise<ApiTokenRecord | undefined> {
    const values = [jti, signed.username, signed.issuedAt, ...this.#backend.times(now)];
    const [row] = await this.#backend.run(this.#statements.access, values);
    return row && apiTokenOf(row);
  }

  async revoke(
    jti: string,
    owner: { readonly username?: string },
    now: number,
  ): Promise<ApiTokenRecord | undefined> {
    this.#backend.times(now);
    if ('username' in owner && owner.username === undefined) return undefined;
    const [row] = await this.#backend.run(this.#statements.revoke, [jti, owner.username ?? null, UNDER_WAY]);
    return row && apiTokenOf(row);
  }

  async revokeByUser(username: string, now: number): Promise<string[]> {
    const values = [username, ...this.#backend.times(now)];
    const [row] = await this.#backend.run(this.#statements.revokeByUser, values);
    await pass(this.clock, Number(row!['until']), now);
    return JSON.parse(row!['ended'] as string) as string[];
  }

  async revokeAll(now: number): Promise<number> {
    const [row] = await this.#backend.run(this.#statements.revokeAll, [...this.#backend.times(now)]);
    await pass(this.clock, Number(row!['until']), now);
    return Number(row!['ended']);
  }

  async browse({ after, limit }: PageRequest, now: number): Promise<Page<ApiTokenRecord> | undefined> {
    const times = this.#backend.times(now);
    if (after !== undefined && !after.startsWith(AFTER)) return undefined;
    const last = after === undefined ? '' : after.slice(AFTER.length);
    const rows = await this.#backend.run(this.#statements.browse, [last, limit, ...times]);
    const records = rows.filter(({ is_there }) => Number(is_there) === 1).map(apiTokenOf);
    return { records, ...(rows.length === limit && { next: `${AFTER}${rows.at(-1)!['jti']}` }) };
  }

  async listByUser(username: string, now: number): Promise<ApiTokenRecord[]> {
    const values = [username, ...this.#backend.times(now)];
    return (await this.#backend.run(this.#statements.listByUser, values)).map(apiTokenOf);
  }

  /** By the server's clock alone, in steps with as long a pause after each. */
  async sweepExpired(now: number, { budgetMs, batchSize }: SweepBudget): Promise<SweepResult> {
    const values = [Math.min(batchSize, SWEPT_AT_ONCE), ...this.#backend.times(now, 0)];
    return sweepInSlices([this.#backend], budgetMs, async (backend) => {
      const [row] = await backend.run(this.#statements.sweep, values);
      return { removed: Number(row!['removed']), more: Number(row!['more']) === 1 };
    });
  }

  override subscribe(listener: (change: ApiTokenChange) => void): () => void {
    const channel = `${this.#backend.schema}:api-tokens-ended`;
    return this.#backend.news.subscribeToEnds([channel], apiTokenChangeOf, listener);
  }

  ping(): Promise<void> {
    return this.#backend.ping();
  }

  close(): void {
    this.#backend.close();
  }
}

/** What the name of a place in a walk begins with. */
const AFTER = 'after:';

/** The named statements of the store. */
function statements(backend: PostgresBackend) {
  return {
    access: backend.statement('api-token-access', ACCESS),
    put: backend.statement(
      'api-token-put',
      'SELECT %S.put_api_token($1, $2, $3, $4, $5)::integer AS registered',
    ),
    revoke: backend.statement(
      'api-token-revoke',
      `SELECT ${tokenColumns('t')} FROM %S.revoke_api_token($1, $2, $3) t`,
    ),
    revokeByUser: backend.statement(
      'api-tokens-revoke-by-user',
      'SELECT %S.ms(r.until) AS until, to_json(r.ended)::text AS ended FROM %S.revoke_api_tokens_of($1, $2, $3) r',
    ),
    revokeAll: backend.statement(
      'api-tokens-revoke-all',
      'SELECT %S.ms(r.until) AS until, r.ended FROM %S.revoke_api_tokens($1, $2) r',
    ),
    browse: backend.statement(
      'api-tokens-browse',
      `SELECT ${tokenColumns('t')}, (t.era = (%TOKENS_ERA) AND %S.is_there(t, m.now))::integer AS is_there
       FROM %S.time_of($3, $4) AS m (now), %S.api_tokens t WHERE t.jti > $1 ORDER BY t.jti LIMIT $2`,
    ),
    listByUser: backend.statement(
      'api-tokens-list-by-user',
      `SELECT ${tokenColumns('t')} FROM %S.time_of($2, $3) AS m (now), %S.api_tokens t
       WHERE t.username = $1 AND t.era = (%TOKENS_ERA) AND %S.is_there(t, m.now) ORDER BY t.turn`,
    ),
    sweep: backend.statement(
      'api-tokens-sweep',
      'SELECT s.removed, s.more::integer AS more FROM %S.sweep_api_tokens($1, $2, $3) s',
    ),
  } as const;
}
