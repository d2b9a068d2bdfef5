import type { Clock, SessionStrategy } from 'nestjs-session-manager';
import type { QueueLimits } from '../users/bounded-queue.js';
import type { PasswordCost } from '../users/password-cost.js';

/** The time-outs and limits that are handed on to the library, in its units; absent ones keep its defaults. */
interface SessionSettings {
  readonly sessionTimeout?: number;
  readonly refreshTimeout?: number;
  readonly refreshGrace?: number;
  readonly maxConcurrentSessions?: number;
  /** Tells epoch milliseconds; tests inject theirs. */
  readonly clock?: Clock;
  /** `false` turns the scheduled clean-up off. */
  readonly cleanup?: false;
}

/** Where sessions and API tokens are kept: by this process, or by a server that others use too. */
export type StoreChoice =
  | { readonly kind: 'in-process' }
  | {
      /** A Redis or Valkey server, or a PostgreSQL database. */
      readonly kind: 'redis' | 'postgres';
      /** May hold a password, so that it is never told. */
      readonly url: string;
      /** Milliseconds after which a call is given up. Default: the library's. */
      readonly timeout?: number;
    };

/** All that can be set about the application. */
export interface AppConfig {
  readonly strategy: SessionStrategy;
  readonly stores: StoreChoice;
  /** Where the key, the users, the registry of API tokens and the datasets lie. */
  readonly dataDir: string;
  readonly host: string;
  readonly port: number;
  /** How many logins one address may try in a minute. */
  readonly loginsPerMinute: number;
  /** The largest file that an upload may make. */
  readonly maxUploadBytes: number;
  /** What hashes of new passwords cost; those that are stored name their own cost. */
  readonly passwordCost: PasswordCost;
  /** How many passwords are checked at once, and how many wait; more logins than that are 503. */
  readonly passwordChecks: QueueLimits;
  /**
   * Milliseconds before the first attempt on an account, the second and so on until one is good; the last holds for
   * all beyond.
   */
  readonly loginPauses: readonly number[];
  /** How long a shutdown waits for requests before it closes their connections, in milliseconds. */
  readonly shutdownGrace: number;
  readonly session: SessionSettings;
}
