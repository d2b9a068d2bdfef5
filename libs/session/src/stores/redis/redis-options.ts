import {
  checkWhole,
  resolveRemoteOptions,
  wrongOption,
  type RemoteOptions,
  type RemoteSessionOptions,
  type ResolvedRemoteOptions,
} from '../remote/remote-options.js';
import { Partitions } from './partitions.js';

/** How many replicas must have a revocation before it is acknowledged. */
export interface RevokeDurability {
  /** So many. */
  readonly replicas: number;
  /** Milliseconds for which they are waited for. Default: 100. */
  readonly timeout?: number;
}

/** What the Redis stores have in common; each has a default. */
export interface RedisOptions extends RemoteOptions {
  /**
   * Keeps several applications apart on one server: 1 to 64 letters, digits, `.`, `:`, `_` and `-`, the beginning of every
   * key. Stores of one application share it. Default: `'nsm'`.
   */
  readonly namespace?: string;
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
}

/** What {@link RedisSessionStore} takes; each has a default. A near cache is not for a namespace with `partitions`. */
export interface RedisSessionStoreOptions extends RedisOptions, RemoteSessionOptions {}

/** The options, each with its value. */
export type ResolvedOptions = ResolvedRemoteOptions & {
  readonly namespace: string;
  readonly partitions: Partitions;
  readonly revokeDurability: Required<RevokeDurability> | undefined;
};

/** @throws SessionConfigurationError for one that is out of its range. */
export function resolveOptions(given: RedisOptions): ResolvedOptions {
  const { namespace = 'nsm', revokeDurability } = given;
  if (typeof namespace !== 'string' || !/^[\w.:-]{1,64}$/.test(namespace)) {
    throw wrongOption(
      'namespace',
      '1 to 64 letters, digits, dots, colons, underscores and hyphens',
      namespace,
    );
  }
  if (revokeDurability !== undefined) {
    checkWhole('revokeDurability.replicas', revokeDurability.replicas, 1, 100);
    checkWhole('revokeDurability.timeout', revokeDurability.timeout ?? 1, 1, 60_000);
  }
  return {
    ...resolveRemoteOptions(given),
    namespace,
    partitions: new Partitions(namespace, given.partitions ?? 1),
    revokeDurability: revokeDurability && { timeout: 100, ...revokeDurability },
  };
}
