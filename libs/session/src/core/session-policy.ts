import { SessionConfigurationError } from './errors.js';
import type { OnLimit, OnUserLimit } from './session-store.js';
import { describeValue } from '../util/text.js';

/** The strategies that `SessionModule.forRoot` and `createSessionManager` take. */
export type SessionStrategy = 'token' | 'single' | 'no-auth' | 'jwt';

/**
 * What a login does when its user already has an active session: hand out the oldest one's tokens again, or begin
 * another.
 */
export type ExistingSession = 'reuse' | 'new';

/** What follows when a refresh token is used a second time: the session ends, or the token is only refused. */
export type OnRefreshReuse = 'revoke' | 'reject';

/** A limit for every user, or one for each. */
export type UserLimit = number | ((username: string) => number);

/** The rules of one manager, resolved once at boot and frozen. Times are seconds. */
export interface SessionPolicy {
  /** How long an access token lives. */
  readonly sessionTimeout: number;
  /** How long a refresh token lives; absent where the access token renews itself. */
  readonly refreshTimeout?: number;
  /** How long a session may go unused before it ends; absent for any time. */
  readonly idleTimeout?: number;
  /** How long a session may live in all, whatever it is refreshed; absent for any time. */
  readonly absoluteTimeout?: number;
  /** Whether each access gives an opaque token its full time-out again. */
  readonly sliding: boolean;
  /** How much longer than its expiry a token is honoured, for clocks that disagree. */
  readonly leeway: number;
  /** How many sessions may be active at once, over all users. */
  readonly maxConcurrentSessions: number;
  /** What a login does where no slot is free under that limit. */
  readonly onLimit: OnLimit;
  /** How many sessions of one user may be active at once. */
  readonly maxSessionsPerUser: UserLimit;
  /** What a login does where no slot is free under the user's own limit. */
  readonly onUserLimit: OnUserLimit;
  /** What a login does when its user already has an active session. */
  readonly existingSession: ExistingSession;
  /** How long the immediate predecessor of a refreshed token is still honoured. */
  readonly refreshGrace: number;
  /** What follows when a refresh token is used a second time. */
  readonly onRefreshReuse: OnRefreshReuse;
}

const COMMON_DEFAULTS = Object.freeze({
  sessionTimeout: 3600,
  refreshTimeout: undefined,
  idleTimeout: undefined,
  absoluteTimeout: undefined,
  sliding: false,
  leeway: 0,
  maxConcurrentSessions: 10,
  onLimit: 'reject',
  maxSessionsPerUser: Infinity,
  onUserLimit: 'reject',
  existingSession: 'reuse',
  refreshGrace: 0,
  onRefreshReuse: 'revoke',
} as const satisfies Record<keyof SessionPolicy, unknown>);

/** The defaults of each strategy; those of the specification where it names one. */
export const POLICY_DEFAULTS: Readonly<Record<SessionStrategy, SessionPolicy>> = Object.freeze({
  token: COMMON_DEFAULTS,
  single: Object.freeze({ ...COMMON_DEFAULTS, maxConcurrentSessions: 1 }),
  'no-auth': Object.freeze({ ...COMMON_DEFAULTS, maxConcurrentSessions: Infinity }),
  jwt: Object.freeze({
    ...COMMON_DEFAULTS,
    sessionTimeout: 900,
    refreshTimeout: 86_400,
    leeway: 2,
    existingSession: 'new',
    refreshGrace: 10,
  }),
});

/** The strategy's defaults with what was given in their place; a member given as `undefined` counts as not given. */
export function resolvePolicy(strategy: SessionStrategy, given: Partial<SessionPolicy>): SessionPolicy {
  const defaults = POLICY_DEFAULTS[strategy];
  const names = Object.keys(defaults) as (keyof SessionPolicy)[];
  const policy = Object.fromEntries(names.map((name) => [name, given[name] ?? defaults[name]]));
  return Object.freeze(policy as unknown as SessionPolicy);
}

/** Whether a value can be a limit: a whole number from 1, or `Infinity`. */
export function isLimit(value: unknown): value is number {
  return value === Infinity || (Number.isSafeInteger(value) && (value as number) >= 1);
}

/** @throws SessionConfigurationError if the application's function names no limit for this user. */
export function userLimit(limit: UserLimit, username: string): number {
  if (typeof limit === 'number') return limit;
  const own: unknown = limit(username);
  if (isLimit(own)) return own;
  throw new SessionConfigurationError(
    `maxSessionsPerUser: expected its function to give a whole number from 1, or Infinity, got ${describeValue(own)}`,
  );
}
