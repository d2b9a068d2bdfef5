import { SessionConfigurationError } from '../../core/errors.js';
import { consoleLogger, harmless, type SessionLogger } from '../../core/logger.js';
import type { Clock } from '../../util/clock.js';
import { describeValue } from '../../util/text.js';
import type { BreakerOptions } from './breaker.js';
import type { NearCacheOptions } from './near-cache.js';

const YEAR = 31_536_000;

/** What the stores on any server have in common; each has a default. */
export interface RemoteOptions {
  /** Milliseconds after which a call is given up, whatever the client's own settings; 10 to 60,000. Default: 300. */
  readonly timeout?: number;
  /** When the server is given up for a while, so that nobody waits for it. */
  readonly breaker?: BreakerOptions;
  /** A clock in place of the server's, as tests give one: then it alone counts. */
  readonly clock?: Clock;
  /** Where warnings about the server go. Default: the console. */
  readonly logger?: SessionLogger;
}

/** What a store of sessions on any server takes beside. */
export interface RemoteSessionOptions {
  /**
   * Keeps records near this process, so that a request needs no trip to the server: up to `max` of them, each for as long as
   * the news of its end can be trusted to come, `maxStaleness` milliseconds at most. A revocation elsewhere then acts here
   * after its news, a few milliseconds, and in the worst case, a connection that stalls, after `maxStaleness`; what must not
   * wait for that has `@RequireFresh()`. `lastAccessed` may be a second behind elsewhere. Default: none, and each request
   * asks the server.
   */
  readonly nearCache?: NearCacheOptions;
  /** Seconds for which it is remembered why a session is gone; 0 for not at all. Default: 3600. */
  readonly rememberFor?: number;
}

/** The options, each with its value. */
export type ResolvedRemoteOptions = Required<Omit<RemoteOptions, 'clock'>> & {
  readonly clock: Clock | undefined;
};

/** @throws SessionConfigurationError for one that is out of its range. */
export function resolveRemoteOptions(given: RemoteOptions): ResolvedRemoteOptions {
  const { timeout = 300, breaker = {}, logger = consoleLogger, clock } = given;
  checkWhole('timeout', timeout, 10, 60_000);
  checkWhole('breaker.failures', breaker.failures ?? 1, 1, 1000);
  checkWhole('breaker.probeAfter', breaker.probeAfter ?? 1, 1, 60_000);
  if (clock !== undefined && typeof clock !== 'function') throw wrongOption('clock', 'a function', clock);
  return { timeout, breaker, clock, logger: harmless(logger) };
}

/**
 * The options of a store of sessions, each with its value.
 *
 * @throws SessionConfigurationError for one that is out of its range.
 */
export function resolveSessionOptions({ nearCache, rememberFor = 3600 }: RemoteSessionOptions) {
  checkWhole('rememberFor', rememberFor, 0, YEAR);
  if (nearCache !== undefined) {
    checkWhole('nearCache.max', nearCache.max, 1, 10_000_000);
    checkWhole('nearCache.maxStaleness', nearCache.maxStaleness, 100, 60_000);
  }
  return { nearCache, rememberFor };
}

/** @throws SessionConfigurationError unless it is a whole number in that range. */
export function checkWhole(option: string, given: unknown, least: number, most: number): void {
  if (Number.isInteger(given) && (given as number) >= least && (given as number) <= most) return;
  throw wrongOption(option, `a whole number from ${least} to ${most}`, given);
}

/** The refusal of an option. */
export function wrongOption(option: string, expected: string, given: unknown): SessionConfigurationError {
  return new SessionConfigurationError(`${option}: expected ${expected}, got ${describeValue(given)}`);
}
