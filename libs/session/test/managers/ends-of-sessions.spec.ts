import { beforeEach, describe, expect, it } from '@jest/globals';
import { MemorySessionStore } from '../../src/stores/memory/memory-session.store.js';
import { jwtManager, opaqueManager } from '../support/managers.js';
import { RivalledStore } from '../support/stores.js';

const START = Date.UTC(2026, 0, 21, 12, 0, 0, 250);
const SECOND = 1000;

let now = START;
const clock = () => now;
const advance = (seconds: number) => (now += seconds * SECOND);

beforeEach(() => {
  now = START;
});

const jwt = (options: object = {}) => jwtManager({ clock, ...options });
const opaque = (options: object = {}) => opaqueManager({ clock, ...options });

describe.each([
  ['token', opaque, false],
  ['jwt', jwt, true],
] as const)('under %s', (_name, make, renewsByRefreshToken) => {
  const renewalOf = (tokens: { accessToken: string; refreshToken?: string } | null) =>
    renewsByRefreshToken ? tokens!.refreshToken! : tokens!.accessToken;

  it('R5 ends a session by token, jti or id, once, and for its owner only', async () => {
    const manager = await make({ existingSession: 'new' });
    for (const target of ['token', 'jti', 'sessionId'] as const) {
      const tokens = (await manager.createSession('alice'))!;
      const { jti } = await manager.validateSession(tokens.accessToken);
      const named = { token: tokens.accessToken, jti: { jti }, sessionId: { sessionId: tokens.sessionId } }[
        target
      ];
      expect(await manager.invalidateSession(named, { username: 'bob' })).toEqual({
        invalidated: false,
        username: null,
      });
      expect(await manager.invalidateSession(named, { username: 'alice' })).toEqual({
        invalidated: true,
        username: 'alice',
      });
      expect(await manager.invalidateSession(named)).toEqual({ invalidated: false, username: null });
      expect(await manager.sessionUsername(tokens.accessToken)).toBeNull();
    }
  });

  it('ends the whole session by an older or an expired token of it (RFC 7009)', async () => {
    const manager = await make({ refreshGrace: 0, existingSession: 'new' });
    const first = await manager.createSession('alice');
    const second = (await manager.refreshSession(renewalOf(first)))!;
    expect((await manager.invalidateSession(first!.accessToken)).invalidated).toBe(true);
    expect(await manager.sessionUsername(second.accessToken)).toBeNull();
  });

  it.each([undefined, null, '', 'garbage', 42, {}, { jti: 7 }, { jti: 'x' }, { sessionId: null }, []])(
    'answers the bad target %p without throwing',
    async (target) => {
      const manager = await make();
      expect(await manager.invalidateSession(target as never)).toEqual({
        invalidated: false,
        username: null,
      });
    },
  );

  it('R7 a validation overtaken by a revocation revives nothing', async () => {
    const store = new RivalledStore();
    const manager = await make({ store });
    const tokens = (await manager.createSession('alice'))!;
    store.before('access', () => manager.invalidateSession(tokens.accessToken));
    await expect(manager.validateSession(tokens.accessToken)).rejects.toMatchObject({
      code: 'ACCESS_TOKEN_NOT_FOUND',
    });
    expect(await manager.nActiveSessions()).toBe(0);
  });

  it('R2 R3 ends all of a user’s sessions, or all but one, and nobody else’s', async () => {
    const manager = await make({ existingSession: 'new' });
    const mine = [];
    for (let device = 0; device < 3; device += 1) mine.push((await manager.createSession('alice'))!);
    const other = (await manager.createSession('bob'))!;
    expect(await manager.invalidateAllSessions('alice', { except: mine[1]!.sessionId })).toEqual({
      sessions: 2,
      apiTokens: 0,
    });
    expect(await Promise.all(mine.map((tokens) => manager.sessionUsername(tokens.accessToken)))).toEqual([
      null,
      'alice',
      null,
    ]);
    expect(await manager.invalidateAllSessions('alice')).toEqual({ sessions: 1, apiTokens: 0 });
    expect(await manager.sessionUsername(other.accessToken)).toBe('bob');
  });

  it('the clean-up answers how many sessions went, and slices let others in between', async () => {
    const manager = await make({ maxConcurrentSessions: Infinity, sessionTimeout: 60 });
    for (let number = 0; number < 500; number += 1) await manager.createSession(`user-${number}`);
    advance(100_000);
    expect(await manager.cleanupExpiredSessions()).toBe(500);
    expect(await manager.cleanupExpiredSessions()).toBe(0);
  });

  it('the clean-up lets others run between two slices, and adds them up', async () => {
    const store = new MemorySessionStore();
    const steps: string[] = [];
    let slices = 3;
    store.sweepExpired = () => {
      steps.push('slice');
      slices -= 1;
      setImmediate(() => steps.push('request'));
      return { removed: 2, more: slices > 0 };
    };
    const manager = await make({ store });
    expect(await manager.cleanupExpiredSessions()).toBe(6);
    expect(steps).toEqual(['slice', 'request', 'slice', 'request', 'slice']);
  });
});
