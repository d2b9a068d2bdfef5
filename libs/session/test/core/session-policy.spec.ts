import { describe, expect, it } from '@jest/globals';
import { POLICY_DEFAULTS, resolvePolicy } from '../../src/core/session-policy.js';

describe('POLICY_DEFAULTS', () => {
  it('are those of the specification', () => {
    expect(POLICY_DEFAULTS).toEqual({
      token: {
        sessionTimeout: 3600,
        leeway: 0,
        maxConcurrentSessions: 10,
        existingSession: 'reuse',
        refreshGrace: 0,
      },
      single: {
        sessionTimeout: 3600,
        leeway: 0,
        maxConcurrentSessions: 1,
        existingSession: 'reuse',
        refreshGrace: 0,
      },
      'no-auth': {
        sessionTimeout: 3600,
        leeway: 0,
        maxConcurrentSessions: Infinity,
        existingSession: 'reuse',
        refreshGrace: 0,
      },
      jwt: {
        sessionTimeout: 900,
        refreshTimeout: 86_400,
        leeway: 2,
        maxConcurrentSessions: 10,
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
      leeway: 5,
      maxConcurrentSessions: Infinity,
      existingSession: 'reuse',
      refreshGrace: 30,
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
