import { SessionConfigurationError } from '../../core/errors.js';
import { consoleLogger, harmless, type SessionLogger } from '../../core/logger.js';
import type { Clock } from '../../util/clock.js';
import { describeValue } from '../../util/text.js';
import type { NearCacheOptions } from '../remote/near-cache.js';
import { Partitions } from './partitions.js';
import type { BreakerOptions } from '../remote/breaker.js';

/** How many replicas must have a revocation before it is acknowledged. */
export interface RevokeDurability {
  /** So many. */
  readonly replicas: number;
  /** Milliseconds for which they are waited for. Default: 100. */
  readonly timeout?: number;
}

/** What the Redis stores have in common; each has a default. */
export interface RedisOptions {
  /**
   * Keeps several applications apart on one server: 1 to 64 letters, digits, `.`, `:`, `_` and `-`, the beginning of every
   * key. Stores of one application share it. Default: `'nsm'`.
   */
  readonly namespace?: string;
  /** Milliseconds after which a call is given up, whatever the client's own settings; 10 to 60,000. Default: 300. */
  readonly timeout?: number;
  /** When the server is given up for a while, so that nobody waits for it. */
  readonly breaker?: BreakerOptions;
  /**
   * Over how many slots of a cluster users are spread, where one node no longer carries them all: a power of two up to 256,
   * fixed for the life of a namespace. A limit over all users cannot be held then: `maxConcurrentSessions` has to be
   * `Infinity`. Default: 1.
   */
  readonly partitions?: number;
  /**
   * A revocation is acknowledged once so many replicas have it, and else answered 503, so that no fail-over brings a session
   * back. Default: by the one server alone. Not for a cluster.
   */
  readonly revokeDurability?: RevokeDurability;
  /** A clock in place of the server's, as tests give one: then it alone counts. */
  readonly clock?: Clock;
  /** Where warnings about the server go. Default: the console. */
  readonly logger?: SessionLogger;
}

/** What {@link RedisSessionStore} takes; each has a default. */
export interface RedisSessionStoreOptions extends RedisOptions {
  /**
   * Keeps records near this process, so that a request needs no trip to the server: up to `max` of them, each for as long as
   * the news of its end can be trusted to come, `maxStaleness` milliseconds at most. A revocation elsewhere then acts here
   * after its news, a few milliseconds, and in the worst case, a connection that stalls, after `maxStaleness`; what must not
   * wait for that has `@RequireFresh()`. `lastAccessed` may be a second behind elsewhere. Not with `partitions`. Default:
   * none, and each request asks the server.
   */
  readonly nearCache?: NearCacheOptions;
  /** Seconds for which it is remembered why a session is gone; 0 for not at all. Default: 3600. */
  readonly rememberFor?: number;
}

/** The options, each with its value. */
export type ResolvedOptions = Required<Pick<RedisOptions, 'namespace' | 'timeout' | 'breaker' | 'logger'>> & {
  readonly partitions: Partitions;
  readonly clock: Clock | undefined;
  readonly revokeDurability: Required<RevokeDurability> | undefined;
};

/** @throws SessionConfigurationError for one that is out of its range. */
export function resolveOptions(given: RedisOptions): ResolvedOptions {
  const { namespace = 'nsm', timeout = 300, breaker = {}, logger = consoleLogger, clock } = given;
  const { revokeDurability } = given;
  if (typeof namespace !== 'string' || !/^[\w.:-]{1,64}$/.test(namespace)) {
    throw wrong('namespace', '1 to 64 letters, digits, dots, colons, underscores and hyphens', namespace);
  }
  checkWhole('timeout', timeout, 10, 60_000);
  checkWhole('breaker.failures', breaker.failures ?? 1, 1, 1000);
  checkWhole('breaker.probeAfter', breaker.probeAfter ?? 1, 1, 60_000);
  if (clock !== undefined && typeof clock !== 'function') throw wrong('clock', 'a function', clock);
  if (revokeDurability !== undefined) {
    checkWhole('revokeDurability.replicas', revokeDurability.replicas, 1, 100);
    checkWhole('revokeDurability.timeout', revokeDurability.timeout ?? 1, 1, 60_000);
  }
  return {
    namespace,
    partitions: new Partitions(namespace, given.partitions ?? 1),
    timeout,
    breaker,
    clock,
    logger: harmless(logger),
    revokeDurability: revokeDurability && { timeout: 100, ...revokeDurability },
  };
}

/** @throws SessionConfigurationError unless it is a whole number in that range. */
export function checkWhole(option: string, given: unknown, least: number, most: number): void {
  if (Number.isInteger(given) && (given as number) >= least && (given as number) <= most) return;
  throw wrong(option, `a whole number from ${least} to ${most}`, given);
}

function wrong(option: string, expected: string, given: unknown): SessionConfigurationError {
  return new SessionConfigurationError(`${option}: expected ${expected}, got ${describeValue(given)}`);
}
