import { randomUUID } from 'node:crypto';
import {
  ApiTokenStore,
  type ApiTokenChange,
  type ApiTokenRecord,
  type SignedApiToken,
} from '../../core/api-token-store.js';
import type { Page, PageRequest, SweepBudget, SweepResult } from '../../core/session-store.js';
import type { Clock } from '../../util/clock.js';
import {
  ACCESS,
  BROWSE,
  LIST_BY_USER,
  PUT,
  REVOKE,
  REVOKE_ALL,
  REVOKE_BY_USER,
  SWEEP,
} from './api-token-scripts.js';
import { formatApiToken, formatOwner, parseApiToken } from './api-token-text.js';
import { userKey, type PlaceKeys, type RedisKeys } from './keys.js';
import { RedisBackend } from './redis-backend.js';
import type { RedisClient } from './redis-client.js';
import type { RedisOptions } from './redis-options.js';
import { apiTokenChangeOf } from '../remote/api-token-news.js';
import { pass } from '../remote/pass.js';
import { sweepInSlices } from '../remote/sweep-in-slices.js';

/** How many tokens one step of a sweep frees: short enough for requests to wait for. */
const BATCH = 16;
/** For how long, in milliseconds, others leave a sweep to the one that has begun it. */
const LEASE = 10_000;
/** For how long, in milliseconds, a token may be on its way to the server: the longest time-out that can be chosen. */
const UNDER_WAY = 60_000;
/** The key of a token without an owner. */
const NOBODY = '';

/**
 * API tokens in Redis or Valkey, for as many processes as share it: each verb is one script.
 *
 * A token is one string under its jti. Beside it stand, for what has to be found without going over all: each owner's in
 * order of creation, all by when they are over, and all by their jtis. `revokeAll` begins an era; what is left of the one
 * before is put aside as it is, and freed by sweeps.
 */
export class RedisApiTokenStore extends ApiTokenStore {
  readonly shared = true;
  override readonly clock: Clock;
  readonly #redis: RedisBackend;
  readonly #keys: RedisKeys;
  readonly #sweeper = randomUUID();

  /**
   * @param client of ioredis or node-redis, made and ended by the application.
   * @throws SessionConfigurationError for another client, or an option out of its range.
   */
  constructor(client: RedisClient, options: RedisOptions = {}) {
    super();
    this.#redis = new RedisBackend(client, options);
    this.#keys = this.#redis.keys;
    this.clock = this.#redis.clock;
    const { partitions } = this.#redis;
    if (partitions.count > 1) this.newJti = (username) => partitions.newId(username);
  }

  async put(record: ApiTokenRecord, now: number): Promise<boolean> {
    const times = this.#redis.times(now);
    const { jti, username, expiresAt } = record;
    const owner = username === undefined ? NOBODY : userKey(username);
    const keys = this.#keys.ofId(jti);
    // Where there are several places, one without an owner could not be held to what its owner has ended.
    const isPlaced = this.#keys.places.length === 1 || username !== undefined;
    if (keys === undefined || !isPlaced || keys !== this.#keys.ofUser(username ?? '')) return false;
    const { head, tail } = formatApiToken(record, owner);
    const answer = await this.#redis.run(
      PUT,
      [
        keys.token(jti),
        keys.tokensOf(username ?? NOBODY),
        keys.tokensOver,
        keys.tokens,
        keys.cutOffs,
        keys.tokensEra,
      ],
      [
        ...times,
        await this.#redis.deadline(),
        // As it came, and not as the latest time seen: it tells when the token was asked for.
        now,
        jti,
        owner,
        expiresAt,
        head,
        tail,
        keys.tokensOfAny,
      ],
      { tooLate: (registered) => registered === 1 && this.#takeBack(jti, now) },
    );
    return answer === 1;
  }

  async access(jti: string, signed: SignedApiToken, now: number): Promise<ApiTokenRecord | undefined> {
    const keys = this.#keys.ofId(jti);
    if (keys === undefined) return undefined;
    const text = await this.#redis.run(
      ACCESS,
      [keys.token(jti), keys.cutOffs, keys.tokensEra],
      [...this.#redis.times(now), formatOwner(signed.username), userKey(signed.username), signed.issuedAt],
    );
    return recordOf(jti, text);
  }

  async revoke(
    jti: string,
    owner: { readonly username?: string },
    now: number,
  ): Promise<ApiTokenRecord | undefined> {
    const times = this.#redis.times(now);
    if ('username' in owner && owner.username === undefined) return undefined;
    const keys = this.#keys.ofId(jti);
    if (keys === undefined) return undefined;
    const text = await this.#redis.revoke(
      REVOKE,
      [keys.token(jti), keys.tokensOver, keys.tokens, keys.tokensEra],
      [...times, jti, formatOwner(owner.username), keys.tokensOfAny, UNDER_WAY, keys.tokensEnded],
    );
    return recordOf(jti, text);
  }

  async revokeByUser(username: string, now: number): Promise<string[]> {
    const keys = this.#keys.ofUser(username);
    const [until, jtis] = (await this.#redis.revoke(
      REVOKE_BY_USER,
      [keys.tokensOf(username), keys.tokensOver, keys.tokens, keys.cutOffs, keys.tokensEra],
      [
        ...this.#redis.times(now),
        userKey(username),
        keys.tokenOfAny,
        formatOwner(username),
        keys.tokensEnded,
      ],
    )) as [string, string[]];
    await pass(this.clock, Number(until), now);
    return jtis;
  }

  async revokeAll(now: number): Promise<number> {
    let all = 0;
    // The first one last, since it is the one that tells of it.
    for (const keys of [...this.#keys.places].reverse()) {
      const [until, ended] = (await this.#redis.revoke(
        REVOKE_ALL,
        [keys.tokensOver, keys.tokens, keys.cutOffs, keys.tokensEra, keys.tokensEras],
        [...this.#redis.times(now), keys.tokensEnded],
      )) as [string, number];
      await pass(this.clock, Number(until), now);
      all += ended;
    }
    return all;
  }

  async browse({ after, limit }: PageRequest, now: number): Promise<Page<ApiTokenRecord> | undefined> {
    const [, number = '0', last] = after === undefined ? [] : (/^(\d{1,3}):(.*)$/s.exec(after) ?? []);
    const place = Number(number);
    const keys = this.#keys.places[place];
    if (keys === undefined || (after !== undefined && last === undefined)) return undefined;
    const [next, there] = (await this.#redis.run(
      BROWSE,
      [keys.tokens, keys.tokensEra],
      [...this.#redis.times(now), keys.tokenOfAny, last ? `(${last}` : '-', limit],
    )) as [string, string[]];
    const records = recordsOf(there);
    if (next !== '') return { records, next: `${place}:${next}` };
    // After the last token of a place comes the next place.
    return { records, ...(place + 1 < this.#keys.places.length && { next: `${place + 1}:` }) };
  }

  async listByUser(username: string, now: number): Promise<ApiTokenRecord[]> {
    const keys = this.#keys.ofUser(username);
    const there = await this.#redis.run(
      LIST_BY_USER,
      [keys.tokensOf(username), keys.tokensEra],
      [...this.#redis.times(now), keys.tokenOfAny],
    );
    return recordsOf(there as string[]);
  }

  /** In small steps, with a pause as long as each, so that requests come in between. */
  async sweepExpired(now: number, { budgetMs, batchSize }: SweepBudget): Promise<SweepResult> {
    const most = Math.min(batchSize, BATCH);
    return sweepInSlices(this.#keys.places, budgetMs, (place) => this.#sweep(place, now, most));
  }

  override subscribe(listener: (change: ApiTokenChange) => void): () => void {
    const channels = this.#keys.places.map(({ tokensEnded }) => tokensEnded);
    return this.#redis.news.subscribeToEnds(channels, apiTokenChangeOf, listener);
  }

  ping(): Promise<void> {
    return this.#redis.ping();
  }

  close(): void {
    this.#redis.close();
  }

  async #sweep(keys: PlaceKeys, now: number, most: number): Promise<SweepResult> {
    const answer = await this.#redis.run(
      SWEEP,
      [keys.tokensOver, keys.tokens, keys.tokensEra, keys.tokensEras, keys.tokensSweeper],
      // By the server's clock alone: one replica whose own is ahead would sweep everybody.
      [...this.#redis.times(now, 0), most, this.#sweeper, LEASE, keys.tokenOfAny, keys.tokensOfAny],
    );
    const [removed, more] = answer as [number, number];
    return { removed, more: more === 1 };
  }

  /** Of a token that was registered when its maker had been told that it may not be. */
  #takeBack(jti: string, now: number): void {
    Promise.resolve(this.revoke(jti, {}, now)).catch(() => undefined);
  }
}

function recordOf(jti: string, text: unknown): ApiTokenRecord | undefined {
  return text === null ? undefined : parseApiToken(jti, text as string);
}

/** @param texts by turns the jtis and the records. */
function recordsOf(texts: readonly string[]): ApiTokenRecord[] {
  return texts.flatMap((jti, place) => (place % 2 === 0 ? [parseApiToken(jti, texts[place + 1]!)] : []));
}
