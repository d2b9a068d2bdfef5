import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import {
  ApiTokenStore,
  type ApiTokenChange,
  type ApiTokenRecord,
  type SignedApiToken,
} from '../../core/api-token-store.js';
import { SessionStoreUnavailableError } from '../../core/errors.js';
import { LatestTime } from '../../core/latest-time.js';
import type { Page, PageRequest, SweepBudget, SweepResult } from '../../core/session-store.js';
import { isTime, type Clock } from '../../util/clock.js';
import { RemoteCalls } from '../remote/remote-calls.js';
import { ServerClock } from '../remote/server-clock.js';
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
import { RedisKeys, userKey } from './keys.js';
import { isAnswer, redisConnection, type RedisClient, type RedisConnection } from './redis-client.js';
import { resolveOptions, type RedisOptions } from './redis-options.js';
import { script, type Script } from './script.js';

const TIME = script(`local t = redis.call('TIME') return { t[1], t[2] }`);

/** How many tokens one step of a sweep frees: short enough for requests to wait for. */
const BATCH = 16;
/** For how long, in milliseconds, others leave a sweep to the one that has begun it. */
const LEASE = 10_000;
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
  readonly #connection: RedisConnection;
  readonly #calls: RemoteCalls;
  readonly #keys: RedisKeys;
  readonly #serverClock: ServerClock;
  readonly #givenClock: Clock | undefined;
  readonly #timeout: number;
  readonly #latest = new LatestTime();
  readonly #sweeper = randomUUID();

  /**
   * @param client of ioredis or node-redis, made and ended by the application.
   * @throws SessionConfigurationError for another client, or an option out of its range.
   */
  constructor(client: RedisClient, options: RedisOptions = {}) {
    super();
    const { namespace, timeout, breaker, clock } = resolveOptions(options);
    this.#connection = redisConnection(client);
    this.#keys = new RedisKeys(namespace);
    this.#calls = new RemoteCalls({ server: 'Redis', timeout, breaker, isAnswer });
    this.#timeout = timeout;
    this.#givenClock = clock;
    this.#serverClock = new ServerClock(async () => {
      const [s, us] = (await this.#calls.call(() =>
        this.#connection.run(TIME, [this.#place.era], []),
      )) as string[];
      return Number(s) * 1000 + Number(us) / 1000;
    });
    this.clock = clock ?? this.#serverClock.now;
  }

  get #place() {
    return this.#keys.places[0]!;
  }
  get #byServer(): number {
    return this.#givenClock === undefined ? 1 : 0;
  }
  #run(s: Script, keys: string[], args: (string | number)[]): Promise<unknown> {
    return this.#calls.call(() => this.#connection.run(s, keys, args));
  }

  async put(record: ApiTokenRecord, now: number): Promise<boolean> {
    if (!isTime(now)) throw new SessionStoreUnavailableError('A store was told no usable time');
    const { jti, username, expiresAt } = record;
    const owner = username === undefined ? NOBODY : userKey(username);
    const keys = username === undefined ? this.#keys.ofId(jti) : this.#keys.ofUser(username);
    const { head, tail } = formatApiToken(record, owner);
    const answer = await this.#run(
      PUT,
      [
        keys.token(jti),
        keys.tokensOf(username ?? NOBODY),
        keys.tokensOver,
        keys.tokens,
        keys.cutOffs,
        keys.tokensEra,
      ],
      // As it came, and not as the latest time seen: it tells when the token was asked for.
      [now, this.#byServer, this.#deadline(), jti, owner, expiresAt, head, tail, keys.tokensOfAny],
    );
    if (answer === 'LATE')
      throw new SessionStoreUnavailableError('Redis got a token to register when its time was over');
    return answer === 1;
  }

  async access(jti: string, signed: SignedApiToken, now: number): Promise<ApiTokenRecord | undefined> {
    const keys = this.#keys.ofId(jti);
    const text = await this.#run(
      ACCESS,
      [keys.token(jti), keys.cutOffs, keys.tokensEra],
      [...this.#at(now), formatOwner(signed.username), userKey(signed.username), signed.issuedAt],
    );
    return recordOf(jti, text);
  }

  async revoke(
    jti: string,
    owner: { readonly username?: string },
    _now: number,
  ): Promise<ApiTokenRecord | undefined> {
    if ('username' in owner && owner.username === undefined) return undefined;
    const keys = this.#keys.ofId(jti);
    const text = await this.#run(
      REVOKE,
      [keys.token(jti), keys.tokensOver, keys.tokens, keys.tokensEra],
      [jti, formatOwner(owner.username), keys.tokensOfAny, this.#timeout, keys.tokensEnded],
    );
    return recordOf(jti, text);
  }

  async revokeByUser(username: string, now: number): Promise<string[]> {
    const keys = this.#keys.ofUser(username);
    const [until, jtis] = (await this.#run(
      REVOKE_BY_USER,
      [keys.tokensOf(username), keys.tokensOver, keys.tokens, keys.cutOffs, keys.tokensEra],
      [...this.#at(now), userKey(username), keys.tokenOfAny, formatOwner(username), keys.tokensEnded],
    )) as [string, string[]];
    await this.#pass(Number(until), now);
    return jtis;
  }

  async revokeAll(now: number): Promise<number> {
    let all = 0;
    for (const keys of this.#keys.places) {
      const [until, ended] = (await this.#run(
        REVOKE_ALL,
        [keys.tokensOver, keys.tokens, keys.cutOffs, keys.tokensEra, keys.tokensEras],
        [...this.#at(now), keys.tokensEnded],
      )) as [string, number];
      await this.#pass(Number(until), now);
      all += ended;
    }
    return all;
  }

  async browse({ after, limit }: PageRequest, now: number): Promise<Page<ApiTokenRecord> | undefined> {
    const [keys] = this.#keys.places;
    const last = after === undefined ? undefined : /^-(.+)$/s.exec(after)?.[1];
    if (after !== undefined && last === undefined) return undefined;
    const [next, there] = (await this.#run(
      BROWSE,
      [keys!.tokens, keys!.tokensEra],
      [...this.#at(now), keys!.tokenOfAny, last === undefined ? '-' : `(${last}`, limit],
    )) as [string, string[]];
    return { records: recordsOf(there), ...(next !== '' && { next: `-${next}` }) };
  }

  async listByUser(username: string, now: number): Promise<ApiTokenRecord[]> {
    const keys = this.#keys.ofUser(username);
    const there = await this.#run(
      LIST_BY_USER,
      [keys.tokensOf(username), keys.tokensEra],
      [...this.#at(now), keys.tokenOfAny],
    );
    return recordsOf(there as string[]);
  }

  /** In small steps, with a pause as long as each: requests come in between. */
  async sweepExpired(now: number, { budgetMs, batchSize }: SweepBudget): Promise<SweepResult> {
    const [keys] = this.#keys.places;
    const begun = performance.now();
    let removed = 0;
    for (;;) {
      const sent = performance.now();
      const [gone, more] = (await this.#run(
        SWEEP,
        [keys!.tokensOver, keys!.tokens, keys!.tokensEra, keys!.tokensEras, keys!.tokensSweeper],
        [
          ...this.#at(now),
          Math.min(batchSize, BATCH),
          this.#sweeper,
          LEASE,
          keys!.tokenOfAny,
          keys!.tokensOfAny,
        ],
      )) as [number, number];
      removed += gone;
      if (!more) return { removed, more: false };
      const answered = performance.now();
      await setTimeout(answered - sent);
      if (answered - begun >= budgetMs) return { removed, more: true };
    }
  }

  async ping(): Promise<void> {
    await this.#serverClock.learn();
  }

  close(): void {}

  /** The manager's time, and whether the server's counts beside it. */
  #at(now: number): [number, number] {
    return [this.#latest.of(now), this.#byServer];
  }

  /** When a token that was asked for now is given up, in the server's time. */
  #deadline(): number | string {
    return this.#givenClock === undefined ? Math.floor(this.#serverClock.now() + 0.8 * this.#timeout) : '';
  }

  /**
   * Waits until the server's clock is seen to have passed an end of all that it has dated itself: what is asked for once
   * that is answered was begun after it, and must not be refused for a millisecond that both fell into.
   */
  async #pass(until: number, now: number): Promise<void> {
    if (until <= now) return;
    for (let times = 0; times < 10 && Math.floor(this.clock()) <= until; times += 1) await setTimeout(1);
  }
}

function recordOf(jti: string, text: unknown): ApiTokenRecord | undefined {
  return text === null ? undefined : parseApiToken(jti, text as string);
}

/** @param texts by turns the jtis and the records. */
function recordsOf(texts: readonly string[]): ApiTokenRecord[] {
  return texts.flatMap((jti, place) => (place % 2 === 0 ? [parseApiToken(jti, texts[place + 1]!)] : []));
}
