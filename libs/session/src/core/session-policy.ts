/** The strategies that `SessionModule.forRoot` and `createSessionManager` take. */
export type SessionStrategy = 'token' | 'single' | 'no-auth' | 'jwt';

/**
 * What a login does when its user already has an active session: hand out the oldest one's tokens again, or begin
 * another.
 */
export type ExistingSession = 'reuse' | 'new';

/** The rules of one manager, resolved once at boot and frozen. Times are seconds. */
export interface SessionPolicy {
  /** How long an access token lives. */
  readonly sessionTimeout: number;
  /** How long a refresh token lives; absent where the access token renews itself. */
  readonly refreshTimeout?: number;
  /** How much longer than its expiry a token is honoured, for clocks that disagree. */
  readonly leeway: number;
  /** How many sessions may be active at once, over all users. */
  readonly maxConcurrentSessions: number;
  /** What a login does when its user already has an active session. */
  readonly existingSession: ExistingSession;
  /** How long the immediate predecessor of a refreshed token is still honoured. */
  readonly refreshGrace: number;
}

/** The defaults of each strategy; those of the specification where it names one. */
export const POLICY_DEFAULTS: Readonly<Record<SessionStrategy, SessionPolicy>> = Object.freeze({
  token: Object.freeze({
    sessionTimeout: 3600,
    leeway: 0,
    maxConcurrentSessions: 10,
    existingSession: 'reuse',
    refreshGrace: 0,
  }),
  single: Object.freeze({
    sessionTimeout: 3600,
    leeway: 0,
    maxConcurrentSessions: 1,
    existingSession: 'reuse',
    refreshGrace: 0,
  }),
  'no-auth': Object.freeze({
    sessionTimeout: 3600,
    leeway: 0,
    maxConcurrentSessions: Infinity,
    existingSession: 'reuse',
    refreshGrace: 0,
  }),
  jwt: Object.freeze({
    sessionTimeout: 900,
    refreshTimeout: 86_400,
    leeway: 2,
    maxConcurrentSessions: 10,
    existingSession: 'new',
    refreshGrace: 10,
  }),
});

/** The strategy's defaults with what was given in their place; a member given as `undefined` counts as not given. */
export function resolvePolicy(strategy: SessionStrategy, given: Partial<SessionPolicy>): SessionPolicy {
  const defaults = POLICY_DEFAULTS[strategy];
  const sessionPolicy: SessionPolicy = {
    sessionTimeout: given.sessionTimeout ?? defaults.sessionTimeout,
    refreshTimeout: given.refreshTimeout ?? defaults.refreshTimeout,
    leeway: given.leeway ?? defaults.leeway,
    maxConcurrentSessions: given.maxConcurrentSessions ?? defaults.maxConcurrentSessions,
    existingSession: given.existingSession ?? defaults.existingSession,
    refreshGrace: given.refreshGrace ?? defaults.refreshGrace,
  };
  return Object.freeze(sessionPolicy);
}
