import { describe, expect, it } from '@jest/globals';
import { SessionConfigurationError } from '../../src/core/errors.js';
import { POLICY_DEFAULTS, resolvePolicy, userLimit } from '../../src/core/session-policy.js';

describe('POLICY_DEFAULTS', () => {
  it('are those of the specification', () => {
    const common = {
      sessionTimeout: 3600,
      sliding: false,
      leeway: 0,
      maxConcurrentSessions: 10,
      onLimit: 'reject',
      maxSessionsPerUser: Infinity,
      onUserLimit: 'reject',
      existingSession: 'reuse',
      refreshGrace: 0,
      onRefreshReuse: 'revoke',
    };
    expect(POLICY_DEFAULTS).toEqual({
      token: common,
      single: { ...common, maxConcurrentSessions: 1 },
      'no-auth': { ...common, maxConcurrentSessions: Infinity },
      jwt: {
        ...common,
        sessionTimeout: 900,
        refreshTimeout: 86_400,
        leeway: 2,
        existingSession: 'new',
        refreshGrace: 10,
      },
    });
  });

  it('cannot be changed', () => {
    expect(Object.isFrozen(POLICY_DEFAULTS)).toBe(true);
    expect(Object.values(POLICY_DEFAULTS).every(Object.isFrozen)).toBe(true);
  });
});

describe('userLimit', () => {
  it('is the number, or what the function gives for the user', () => {
    expect(userLimit(3, 'alice')).toBe(3);
    expect(userLimit((username) => (username === 'ci' ? Infinity : 1), 'ci')).toBe(Infinity);
  });

  it.each([0, -1, 1.5, Number.NaN, '3', undefined, null])('refuses a function that gives %p', (own) => {
    expect(() => userLimit(() => own as number, 'alice')).toThrow(SessionConfigurationError);
  });
});

describe('resolvePolicy', () => {
  it.each(['token', 'single', 'no-auth', 'jwt'] as const)(
    'gives the defaults of %s for nothing',
    (strategy) => {
      expect(resolvePolicy(strategy, {})).toEqual(POLICY_DEFAULTS[strategy]);
    },
  );

  it('puts what was given in the place of a default', () => {
    const given = {
      sessionTimeout: 60,
      refreshTimeout: 120,
      idleTimeout: 30,
      absoluteTimeout: 600,
      sliding: true,
      leeway: 5,
      maxConcurrentSessions: Infinity,
      onLimit: 'evict-oldest',
      maxSessionsPerUser: 3,
      onUserLimit: 'evict-idle',
      existingSession: 'reuse',
      refreshGrace: 30,
      onRefreshReuse: 'reject',
    } as const;
    expect(resolvePolicy('jwt', given)).toEqual(given);
  });

  it('takes 0 as given and undefined as not given', () => {
    const policy = resolvePolicy('jwt', { leeway: 0, refreshGrace: 0, sessionTimeout: undefined });
    expect(policy).toEqual({ ...POLICY_DEFAULTS.jwt, leeway: 0, refreshGrace: 0 });
  });

  it('takes over nothing that is no rule, such as a secret', () => {
    const options = { sessionTimeout: 60, secretKey: 'hunter2', strategy: 'jwt' };
    expect(JSON.stringify(resolvePolicy('jwt', options))).not.toMatch(/hunter2|strategy/);
  });

  it('is frozen', () => {
    expect(Object.isFrozen(resolvePolicy('token', {}))).toBe(true);
  });
});
