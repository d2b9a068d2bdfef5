import fc from 'fast-check';
import type { JwtSessionOptions, TokenSessionOptions, LimitActions } from '../../../src/compose/options.js';
import type { SessionStrategy } from '../../../src/core/session-policy.js';
import type { OnLimit, OnUserLimit } from '../../../src/core/session-store.js';

/** What a run's manager is told; members left out stand for the documented defaults. */
export type DrawnOptions = { readonly strategy: SessionStrategy } & Partial<
  Omit<TokenSessionOptions & JwtSessionOptions, 'strategy'>
>;

/** What the options mean, in milliseconds: the model's own reading of the documented table. */
export interface Rules {
  readonly jwt: boolean;
  readonly access: number;
  /** Absent where the access token renews itself. */
  readonly refresh?: number;
  readonly leeway: number;
  readonly grace: number;
  readonly idle: number;
  readonly absolute: number;
  readonly sliding: boolean;
  readonly reuse: boolean;
  readonly max: number;
  readonly maxPerUser: (username: string) => number;
  readonly onLimit: OnLimit;
  readonly onUserLimit: OnUserLimit;
  readonly reuseEnds: boolean;
}

export function rulesOf(options: DrawnOptions): Rules {
  const jwt = options.strategy === 'jwt';
  const { all, user } = actionsOf(options.onLimit ?? 'reject');
  const limit = options.maxSessionsPerUser ?? Infinity;
  return {
    jwt,
    access: 1000 * (options.sessionTimeout ?? (jwt ? 900 : 3600)),
    ...(jwt && { refresh: 1000 * (options.refreshTimeout ?? 86_400) }),
    leeway: jwt ? 1000 * (options.leeway ?? 2) : 0,
    grace: 1000 * (options.refreshGrace ?? (jwt ? 10 : 0)),
    idle: 1000 * (options.idleTimeout ?? Infinity),
    absolute: 1000 * (options.absoluteTimeout ?? Infinity),
    sliding: options.sliding ?? false,
    reuse: (options.existingSession ?? (jwt ? 'new' : 'reuse')) === 'reuse',
    max: options.strategy === 'single' ? 1 : (options.maxConcurrentSessions ?? 10),
    maxPerUser: typeof limit === 'function' ? limit : () => limit,
    onLimit: all ?? 'reject',
    onUserLimit: user ?? 'reject',
    reuseEnds: (options.onRefreshReuse ?? 'revoke') === 'revoke',
  };
}

function actionsOf(onLimit: OnUserLimit | LimitActions): LimitActions {
  if (typeof onLimit === 'object') return onLimit;
  return { user: onLimit, all: onLimit === 'evict-idle' ? 'reject' : onLimit };
}

const onAll = fc.constantFrom('reject', 'evict-oldest');
const onUser = fc.constantFrom('reject', 'evict-oldest', 'evict-idle');
const seconds = (min: number, max: number) => fc.integer({ min, max });
/** Left out so seldom that edges mostly come soon. */
const mostly = (arbitrary: fc.Arbitrary<number>) => fc.option(arbitrary, { nil: undefined, freq: 12 });
const oneForAlice = (username: string) => (username === 'alice' ? 1 : 2);

const opaqueTimeouts = { sessionTimeout: mostly(seconds(1, 20)) };
/** Access lapses well before it can be renewed no more. */
const jwtTimeouts = { sessionTimeout: mostly(seconds(1, 8)), refreshTimeout: mostly(seconds(5, 60)) };
const limits = {
  maxConcurrentSessions: fc.constantFrom(1, 2, 3, 5, Infinity, undefined),
  maxSessionsPerUser: fc.constantFrom(1, 2, Infinity, oneForAlice, undefined),
};
const whereStored = {
  existingSession: fc.constantFrom('reuse', 'new', 'new'),
  idleTimeout: seconds(1, 20),
  absoluteTimeout: seconds(5, 60),
  refreshGrace: fc.constantFrom(0, 1, 3, 10),
  onLimit: fc.oneof(onUser, fc.record({ all: onAll, user: onUser }, { requiredKeys: [] })),
};
const whereOpaque = { sliding: fc.boolean() };
const whereJwt = {
  leeway: fc.constantFrom(0, 2, 5),
  onRefreshReuse: fc.constantFrom('revoke', 'reject'),
};

type Members = Record<string, fc.Arbitrary<unknown>>;

const drawn = (strategy: SessionStrategy, always: Members, sometimes: Members) =>
  fc
    .tuple(fc.record(always), fc.record(sometimes, { requiredKeys: [] }))
    .map((members) => Object.assign({ strategy }, ...members) as DrawnOptions);

/** Options at random, each of them left out now and then. */
export const anyOptions = fc.oneof(
  {
    weight: 4,
    arbitrary: drawn('token', { ...opaqueTimeouts, ...limits }, { ...whereStored, ...whereOpaque }),
  },
  { weight: 2, arbitrary: drawn('single', opaqueTimeouts, { ...whereStored, ...whereOpaque }) },
  { weight: 8, arbitrary: drawn('jwt', { ...jwtTimeouts, ...limits }, { ...whereStored, ...whereJwt }) },
  { weight: 1, arbitrary: drawn('no-auth', opaqueTimeouts, {}) },
);
