import { describe, expect, it } from '@jest/globals';
import { POLICY_DEFAULTS, resolvePolicy, type SessionStrategy } from '../../src/core/session-policy.js';

const STRATEGIES: SessionStrategy[] = ['token', 'single', 'no-auth', 'jwt'];

describe('POLICY_DEFAULTS', () => {
  it('are those of the specification', () => {
    expect(POLICY_DEFAULTS.token).toMatchObject({ sessionTimeout: 3600, maxConcurrentSessions: 10 });
    expect(POLICY_DEFAULTS.single).toMatchObject({ sessionTimeout: 3600, maxConcurrentSessions: 1 });
    expect(POLICY_DEFAULTS['no-auth']).toMatchObject({ sessionTimeout: 3600 });
    expect(POLICY_DEFAULTS.jwt).toMatchObject({
      sessionTimeout: 900,
      refreshTimeout: 86_400,
      maxConcurrentSessions: 10,
      leeway: 2,
    });
  });

  it('give a refresh token and a leeway to jwt alone', () => {
    for (const strategy of STRATEGIES.filter((name) => name !== 'jwt')) {
      expect(POLICY_DEFAULTS[strategy].refreshTimeout).toBeUndefined();
      expect(POLICY_DEFAULTS[strategy].leeway).toBe(0);
    }
  });

  it('reuse an existing session under token and single, and never under jwt', () => {
    expect(POLICY_DEFAULTS.token.existingSession).toBe('reuse');
    expect(POLICY_DEFAULTS.single.existingSession).toBe('reuse');
    expect(POLICY_DEFAULTS.jwt.existingSession).toBe('new');
  });

  it('give a grace window of ten seconds to jwt, and none to token and single', () => {
    expect(POLICY_DEFAULTS.jwt.refreshGrace).toBe(10);
    expect(POLICY_DEFAULTS.token.refreshGrace).toBe(0);
    expect(POLICY_DEFAULTS.single.refreshGrace).toBe(0);
  });

  it('J8 have a leeway of at most a minute', () => {
    for (const strategy of STRATEGIES) expect(POLICY_DEFAULTS[strategy].leeway).toBeLessThanOrEqual(60);
  });

  it('are frozen through and through', () => {
    expect(Object.isFrozen(POLICY_DEFAULTS)).toBe(true);
    expect(Object.values(POLICY_DEFAULTS).every(Object.isFrozen)).toBe(true);
  });
});

describe('resolvePolicy', () => {
  it.each(STRATEGIES)('answers the defaults of %s where nothing is given', (strategy) => {
    expect(resolvePolicy(strategy, {})).toEqual(POLICY_DEFAULTS[strategy]);
  });

  it('puts what is given in the place of the default', () => {
    expect(
      resolvePolicy('jwt', {
        sessionTimeout: 60,
        refreshTimeout: 600,
        leeway: 5,
        maxConcurrentSessions: Infinity,
        existingSession: 'reuse',
        refreshGrace: 3,
      }),
    ).toEqual({
      sessionTimeout: 60,
      refreshTimeout: 600,
      leeway: 5,
      maxConcurrentSessions: Infinity,
      existingSession: 'reuse',
      refreshGrace: 3,
    });
  });

  it('counts undefined as not given and zero as given', () => {
    const policy = resolvePolicy('jwt', { sessionTimeout: undefined, leeway: 0, refreshGrace: 0 });
    expect(policy).toMatchObject({ sessionTimeout: 900, leeway: 0, refreshGrace: 0 });
  });

  it('is frozen, and takes nothing but the rules from a larger object', () => {
    const policy = resolvePolicy('token', { sessionTimeout: 60, secretKey: 'do not keep' } as never);
    expect(Object.isFrozen(policy)).toBe(true);
    expect(Object.values(policy)).not.toContain('do not keep');
  });
});
