import type { Clock, SessionStrategy } from 'nestjs-session-manager';
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

/** All that can be set about the application. */
export interface AppConfig {
  readonly strategy: SessionStrategy;
  /** Where the key, the users, the registry of API tokens and the datasets lie. */
  readonly dataDir: string;
  readonly host: string;
  readonly port: number;
  /** How many logins one address may try in a minute. */
  readonly loginsPerMinute: number;
  /** The largest file that an upload may make. */
  readonly maxUploadBytes: number;
  readonly passwordCost: PasswordCost;
  /** How long a shutdown waits for requests before it closes their connections, in milliseconds. */
  readonly shutdownGrace: number;
  readonly session: SessionSettings;
}
