import { SessionConfigurationError, SessionStoreUnavailableError } from '../../core/errors.js';
import type { Clock } from '../../util/clock.js';
import { News } from '../remote/news.js';
import { RemoteCalls, type RemoteCall } from '../remote/remote-calls.js';
import { ServerTime, type StepTimes as TimesOfStep } from '../remote/server-time.js';
import { checkServer } from './check-server.js';
import { type PlaceKeys, RedisKeys } from './keys.js';
import type { Partitions } from './partitions.js';
import { isAnswer, redisConnection, type OwnConnection, type RedisConnection } from './redis-client.js';
import { resolveOptions, type RedisOptions, type ResolvedOptions } from './redis-options.js';
import { script, type Script } from './script.js';

/** The times that a step goes by, its first two arguments: see `time.lua.ts`. */
export type StepTimes = TimesOfStep<''>;

type Arguments = readonly (string | number)[];

/**
 * The server's time, and over how many places the namespace is spread. Whoever comes first writes that down, unless something
 * lies there already: that is not spread. A full server keeps nobody from going on without a note of the default.
 */
const TIME = script(`
local partitions = redis.call('GET', KEYS[1])
if not partitions then
  partitions = redis.call('EXISTS', KEYS[2], KEYS[3]) == 0 and ARGV[1] or '1'
  local wrote = redis.pcall('SET', KEYS[1], partitions)
  if type(wrote) == 'table' and wrote.err and partitions ~= '1' then return wrote end
end
local time = redis.call('TIME')
return { time[1] * 1000 + math.floor(time[2] / 1000), tonumber(partitions) }
`);

/** What the stores on a Redis server have in common: the guarded connection, the server's clock, the news of others. */
export class RedisBackend {
  readonly keys: RedisKeys;
  readonly partitions: Partitions;
  /** The server's, or the one that was given. */
  readonly clock: Clock;
  /** What the steps of all processes tell. */
  readonly news: News;
  readonly #options: ResolvedOptions;
  readonly #connection: RedisConnection;
  readonly #calls: RemoteCalls;
  readonly #time: ServerTime<''>;
  /** Of its own, since `WAIT` holds up everything on a connection. */
  readonly #durable: OwnConnection | undefined;
  #checked: Promise<void> | undefined;
  #closed = false;

  constructor(client: unknown, given: RedisOptions) {
    this.#options = resolveOptions(given);
    this.#connection = redisConnection(client);
    if (this.#options.revokeDurability !== undefined && this.#connection.isCluster) {
      throw new SessionConfigurationError(
        'revokeDurability: expected a client of one server; in a cluster nobody can be asked which replicas have a step',
      );
    }
    const { namespace, partitions, timeout, breaker, clock, logger } = this.#options;
    this.#durable = this.#options.revokeDurability && this.#connection.duplicate();
    this.partitions = partitions;
    this.keys = new RedisKeys(namespace, partitions);
    this.#calls = new RemoteCalls({ server: 'The Redis server', timeout, breaker, isAnswer });
    this.news = new News(() => this.#connection.duplicate(), timeout / 2, logger);
    this.#time = new ServerTime(() => this.#askTime(), clock, '');
    this.clock = this.#time.clock;
  }

  /** As {@link ServerTime.of}. */
  times(now: number, ahead?: number): StepTimes {
    return this.#time.of(now, ahead);
  }

  /** Until when, by the server's clock, a step may still happen that nobody must find done after giving it up. */
  deadline(): Promise<number> {
    return this.#time.deadline(this.#options.timeout);
  }

  /** Runs a step. */
  run(
    step: Script,
    keys: readonly string[],
    args: Arguments,
    options?: RemoteCall<unknown>,
  ): Promise<unknown> {
    return this.#calls.call(async () => {
      await this.news.settled;
      return this.#connection.run(step, keys, args);
    }, options);
  }

  /**
   * Runs a step that takes something away from somebody; with `revokeDurability` enough replicas have it when this resolves.
   *
   * @throws SessionStoreUnavailableError if too few do: it has happened, and may be forgotten in a fail-over.
   */
  async revoke(step: Script, keys: readonly string[], args: Arguments): Promise<unknown> {
    const { revokeDurability, timeout } = this.#options;
    if (revokeDurability === undefined) return this.run(step, keys, args);
    const { replicas, timeout: patience } = revokeDurability;
    const connection = this.#durable!;
    const work = async () => {
      await this.news.settled;
      return [await connection.run(step, keys, args), await connection.wait(replicas, patience)] as const;
    };
    const [answer, reached] = await this.#calls.call(work, { timeout: timeout + patience });
    if (reached >= replicas) return answer;
    throw new SessionStoreUnavailableError(
      `${reached} of ${replicas} replicas have the revocation, which a fail-over may lose`,
    );
  }

  /** Asks the server for its time, and the first time how it is set up, which the log tells where it should not be so. */
  async ping(): Promise<void> {
    await this.#time.learn();
    this.#checked ??= checkServer(this.#connection, this.#anyPlace, this.#options.logger);
    await this.#calls.call(() => this.#checked!);
  }

  /** Ends the connections that are ours, and not the application's. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.news.close();
    this.#durable?.close();
  }

  get #anyPlace(): PlaceKeys {
    return this.keys.places[0]!;
  }

  async #askTime(): Promise<number> {
    // Not after the news: at boot nobody is to wait for a subscription.
    const { count } = this.partitions;
    const { partitions: key, undivided } = this.keys;
    const ask = () => this.#connection.run(TIME, [key, undivided.seq, undivided.tokens], [count]);
    const [time, partitions] = (await this.#calls.call(ask)) as [number, number];
    if (partitions === count) return time;
    throw new SessionConfigurationError(
      `partitions: expected ${partitions}, which the namespace "${this.#options.namespace}" has, got ${count}; they cannot be changed`,
    );
  }
}
