import { beforeEach, describe, expect, it } from '@jest/globals';
import { MemorySessionStore } from '../../src/stores/memory/memory-session.store.js';
import { jwtManager } from '../support/managers.js';

const START = Date.UTC(2026, 0, 21, 12, 0, 0, 250);
const SECOND = 1000;

let now = START;
const clock = () => now;
const advance = (seconds: number) => (now += seconds * SECOND);

beforeEach(() => {
  now = START;
});

const jwt = (options: object = {}) => jwtManager({ clock, ...options });

describe('under jwt', () => {
  it('J11 access, refresh and api tokens are mutually exclusive in all six pairs', async () => {
    const manager = await jwt();
    const { accessToken, refreshToken } = (await manager.createSession('alice'))!;
    const { token } = await manager.createApiToken('alice');
    const byType = { access: accessToken, refresh: refreshToken!, api: token };
    for (const type of ['access', 'refresh', 'api'] as const) {
      for (const accept of ['access', 'refresh', 'api'] as const) {
        const answer = manager.validateSession(byType[type], { accept: [accept] });
        if (type === accept) await expect(answer).resolves.toMatchObject({ type });
        else await expect(answer).rejects.toMatchObject({ code: 'WRONG_TOKEN_TYPE' });
      }
    }
    for (const wrong of [accessToken, token]) {
      await expect(manager.refreshSession(wrong)).rejects.toMatchObject({ code: 'WRONG_TOKEN_TYPE' });
    }
    await expect(manager.validateSession(refreshToken)).rejects.toMatchObject({ code: 'WRONG_TOKEN_TYPE' });
  });

  it('E6 J8 a token is refused on its expiry and the leeway, to the millisecond', async () => {
    const manager = await jwt({ sessionTimeout: 60, leeway: 2 });
    const { accessToken, expiresAt } = (await manager.createSession('alice'))!;
    now = expiresAt.getTime() + 1999;
    expect(await manager.nActiveSessions()).toBe(1);
    expect(await manager.sessionUsername(accessToken)).toBe('alice');
    now = expiresAt.getTime() + 2000;
    await expect(manager.validateSession(accessToken)).rejects.toMatchObject({ code: 'SESSION_EXPIRED' });
    expect(await manager.nActiveSessions()).toBe(0);
  });

  it('J9 a token from the future is refused', async () => {
    const ahead = await jwt();
    advance(3600);
    const { accessToken } = (await ahead.createSession('alice'))!;
    now = START;
    const manager = await jwt();
    await expect(manager.validateSession(accessToken)).rejects.toMatchObject({ code: 'INVALID_TOKEN' });
  });

  it.each([
    ['another user’s', { username: 'mallory' }],
    ['issued at another time', { issuedAt: START - SECOND - 250 }],
    ['of another expiry', { expiresAt: START, refreshExpiresAt: START }],
  ])('a token of the record’s own generation that is %s is refused', async (_how, other) => {
    const store = new MemorySessionStore();
    const manager = await jwt({ store });
    const { accessToken, refreshToken, sessionId } = (await manager.createSession('alice'))!;
    const record = { ...store.find(sessionId, now)!, ...other };
    store.access = () => record;
    store.find = () => record;
    await expect(manager.validateSession(accessToken)).rejects.toMatchObject({
      code: 'INVALID_TOKEN',
      sessionId,
    });
    await expect(manager.refreshSession(refreshToken)).rejects.toMatchObject({
      code: 'INVALID_TOKEN',
      sessionId,
    });
  });

  it('J12 a genuine token without a live record is refused', async () => {
    const { accessToken, refreshToken } = (await (await jwt()).createSession('alice'))!;
    const other = await jwt();
    await expect(other.validateSession(accessToken)).rejects.toMatchObject({
      code: 'ACCESS_TOKEN_NOT_FOUND',
    });
    await expect(other.refreshSession(refreshToken)).rejects.toMatchObject({
      code: 'REFRESH_TOKEN_NOT_FOUND',
    });
  });

  it('sessionToken answers the access jti, which ends the session and opens nothing', async () => {
    const manager = await jwt();
    const tokens = (await manager.createSession('alice'))!;
    const jti = (await manager.sessionToken('alice'))!;
    expect(jti).toBe((await manager.validateSession(tokens.accessToken)).jti);
    expect(await manager.sessionUsername(jti)).toBeNull();
    expect((await manager.invalidateSession({ jti })).invalidated).toBe(true);
  });

  it('the same tokens come back byte for byte when a session is reused', async () => {
    const manager = await jwt({ existingSession: 'reuse' });
    const first = (await manager.createSession('alice'))!;
    const second = (await manager.createSession('alice'))!;
    expect(second).toEqual({ ...first, reused: true });
  });
});
