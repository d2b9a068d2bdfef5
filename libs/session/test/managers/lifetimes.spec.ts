import { beforeEach, describe, expect, it } from '@jest/globals';
import type { SessionManager } from '../../src/managers/session.manager.js';
import { manualClock, type ManualClock } from '../../src/testing/index.js';
import { jwtManager, opaqueManager } from '../support/managers.js';

let clock: ManualClock;

beforeEach(() => {
  clock = manualClock();
});

const seconds = (date: Date | undefined) => (date!.getTime() - clock()) / 1000;

describe.each([
  ['token', opaqueManager],
  ['jwt', jwtManager],
] as const)('lifetimes under %s', (_name, make) => {
  const renewal = (tokens: { accessToken: string; refreshToken?: string }) =>
    tokens.refreshToken ?? tokens.accessToken;
  const login = async (manager: SessionManager) => (await manager.createSession('alice'))!;

  it('E1 a session that nobody uses for idleTimeout is over, with the clean-up off', async () => {
    const manager = await make({ clock, idleTimeout: 60, sessionTimeout: 600 });
    const tokens = await login(manager);
    clock.advance('60s');
    expect(await manager.sessionUsername(tokens.accessToken)).toBe('alice');
    clock.advance('59s');
    expect(await manager.nActiveSessions()).toBe(1);
    clock.advance('2s');
    expect(await manager.nActiveSessions()).toBe(0);
    expect(await manager.sessionUsername(tokens.accessToken)).toBeNull();
    expect(await manager.listSessions('alice')).toEqual([]);
    expect(await manager.sessionToken('alice')).toBeNull();
    await expect(manager.refreshSession(renewal(tokens))).rejects.toMatchObject({ reason: 'idle' });
  });

  it('E1 lives for all of its idle time-out, wherever in a second it was used', async () => {
    clock.advance('999ms');
    const manager = await make({ clock, idleTimeout: 60 });
    const { accessToken } = await login(manager);
    clock.advance('59999ms');
    expect(await manager.sessionUsername(accessToken)).toBe('alice');
  });

  it('E2 no successor outlives the absolute end, refreshed as often as may be', async () => {
    const manager = await make({
      clock,
      sessionTimeout: 60,
      absoluteTimeout: 150,
      ...(make === jwtManager && { refreshTimeout: 100 }),
    });
    let tokens = await login(manager);
    for (let refreshes = 0; refreshes < 5; refreshes += 1) {
      clock.advance('29s');
      tokens = (await manager.refreshSession(renewal(tokens)))!;
    }
    // 145 s have passed.
    expect(tokens.expiresIn).toBe(5);
    expect(seconds(tokens.refreshExpiresAt ?? tokens.expiresAt)).toBe(5);
    clock.advance('4999ms');
    expect(await manager.sessionUsername(tokens.accessToken)).toBe('alice');
    clock.advance('1ms');
    expect(await manager.sessionUsername(tokens.accessToken)).toBeNull();
    expect(await manager.nActiveSessions()).toBe(0);
    await expect(manager.refreshSession(renewal(tokens))).rejects.toMatchObject({ reason: 'expired' });
  });

  it('E2 an absolute end before the first expiry shortens the first tokens', async () => {
    const manager = await make({ clock, absoluteTimeout: 10 });
    const tokens = await login(manager);
    expect(tokens.expiresIn).toBe(10);
    expect(seconds(tokens.refreshExpiresAt ?? tokens.expiresAt)).toBe(10);
  });
});

describe.each(['token', 'single'] as const)('sliding under %s', (strategy) => {
  it('each access gives the token its full time-out again, and its expiry says so', async () => {
    const manager = await opaqueManager({ strategy, clock, sessionTimeout: 60, sliding: true });
    const { accessToken, expiresIn } = (await manager.createSession('alice'))!;
    expect(expiresIn).toBe(60);
    for (let accesses = 0; accesses < 10; accesses += 1) {
      clock.advance('59500ms');
      const { expiresAt } = await manager.validateSession(accessToken);
      expect(seconds(expiresAt)).toBeGreaterThanOrEqual(60);
      expect(seconds(expiresAt)).toBeLessThanOrEqual(61);
      expect(await manager.nActiveSessions()).toBe(1);
    }
    clock.advance('61s');
    expect(await manager.sessionUsername(accessToken)).toBeNull();
    expect(await manager.nActiveSessions()).toBe(0);
  });

  it('E2 slides up to the absolute end and not beyond', async () => {
    const manager = await opaqueManager({
      strategy,
      clock,
      sessionTimeout: 60,
      sliding: true,
      absoluteTimeout: 100,
    });
    const { accessToken } = (await manager.createSession('alice'))!;
    clock.advance('50s');
    expect(seconds((await manager.validateSession(accessToken)).expiresAt)).toBe(50);
    clock.advance('50s');
    expect(await manager.sessionUsername(accessToken)).toBeNull();
  });
});
