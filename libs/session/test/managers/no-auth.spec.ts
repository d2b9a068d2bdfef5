import { describe, expect, it } from '@jest/globals';
import { createSessionManager } from '../../src/compose/create-session-manager.js';
import { NoAuthSessionManager } from '../../src/managers/no-auth-session.manager.js';
import { SessionManager } from '../../src/managers/session.manager.js';
import { MemoryLogger } from '../support/memory-logger.js';

/** What it leaves as `SessionManager` has it, and why that asks no store. */
const INHERITED: Readonly<Record<string, string>> = {
  sessionTimeout: 'as the policy says',
  maxConcurrentSessions: 'as the policy says',
  hasLoggedUser: 'asks nActiveSessions',
  sessionUsername: 'asks validateSession',
  createApiToken: 'there are no API tokens: refused',
  invalidateApiToken: 'there are no API tokens: refused',
  listApiTokens: 'there are no API tokens: refused',
  browseApiTokens: 'there are no API tokens: refused',
  now: 'reads the clock',
};

describe('no-auth', () => {
  it.each([undefined, '', 'garbage', 42, null])(
    'the token %p is that of admin, whatever is accepted',
    async (token) => {
      const manager = new NoAuthSessionManager({ logger: new MemoryLogger() });
      expect(await manager.validateSession(token, { accept: ['refresh'] })).toMatchObject({
        username: 'admin',
        type: 'access',
      });
      expect(await manager.sessionUsername(token as string)).toBe('admin');
      const login = manager.createSession(token, { label: 'phone' }, { amr: ['pwd'] });
      expect((await login).accessToken).toBe(manager.adminToken());
      expect(await manager.refreshSession(token)).toMatchObject({
        accessToken: manager.adminToken(),
        reused: true,
      });
      expect(await manager.invalidateSession(token)).toEqual({ invalidated: true, username: 'admin' });
    },
  );

  it('has one session, which nothing ends', async () => {
    const manager = new NoAuthSessionManager({ logger: new MemoryLogger() });
    await manager.invalidateAllSessions('admin');
    expect(await manager.nActiveSessions()).toBe(1);
    expect(await manager.hasLoggedUser()).toBe(true);
    expect(await manager.cleanupExpiredSessions()).toBe(0);
    expect(await manager.listSessions('admin')).toHaveLength(1);
    expect(await manager.listSessions('alice')).toEqual([]);
    expect(await manager.sessionToken('admin')).toBe(manager.adminToken());
    expect(await manager.sessionToken('alice')).toBeNull();
    const { sessions, next } = await manager.browseSessions();
    expect([sessions.map(({ username }) => username), next]).toEqual([['admin'], undefined]);
    await expect(manager.browseSessions({ after: 'a' })).rejects.toMatchObject({ code: 'INVALID_INPUT' });
    const { sessionId } = sessions[0]!;
    expect(await manager.invalidateEverySession()).toEqual({ sessions: 1, apiTokens: 0 });
    expect(await manager.invalidateEverySession({ except: sessionId })).toEqual({
      sessions: 0,
      apiTokens: 0,
    });
    const rename = { details: { label: 'mine' } };
    expect(await manager.updateSession({ sessionId }, rename, { username: 'admin' })).toBe(true);
    expect(await manager.updateSession({ sessionId }, rename, { username: 'alice' })).toBe(false);
    expect(await manager.updateSession({ sessionId: 'other' }, rename)).toBe(false);
    const tooLong = manager.updateSession({ sessionId }, { details: { label: 'x'.repeat(2048) } });
    await expect(tooLong).rejects.toMatchObject({ code: 'INVALID_INPUT' });
    await expect(manager.createApiToken('admin')).rejects.toMatchObject({ code: 'UNSUPPORTED_OPERATION' });
  });

  it('overrides every member of SessionManager but those that ask no store', () => {
    const own = new Set(Object.getOwnPropertyNames(NoAuthSessionManager.prototype));
    const inherited = Object.getOwnPropertyNames(SessionManager.prototype).filter((name) => !own.has(name));
    expect(inherited.sort()).toEqual(Object.keys(INHERITED).sort());
  });

  it.each(Object.keys(INHERITED))('%s asks no store', async (name) => {
    const manager = new NoAuthSessionManager({ logger: new MemoryLogger() });
    const use = async (): Promise<unknown> => {
      const member: unknown = Reflect.get(manager, name);
      return typeof member === 'function' ? Reflect.apply(member, manager, ['admin']) : member;
    };
    expect(String(await use().catch(String))).not.toContain('has no store');
  });

  it('moves the expiry once it has passed, and at every login', async () => {
    let now = 0;
    const manager = new NoAuthSessionManager({ clock: () => now, logger: new MemoryLogger() });
    now = 1_800_000;
    expect((await manager.validateSession()).expiresAt).toEqual(new Date(3_600_000));
    expect((await manager.createSession()).expiresAt).toEqual(new Date(5_400_000));
    now = 5_400_000;
    expect((await manager.validateSession()).expiresAt).toEqual(new Date(9_000_000));
  });

  it('T1 the token is 256 random bits per instance', () => {
    const tokens = Array.from({ length: 50 }, () =>
      new NoAuthSessionManager({ logger: new MemoryLogger() }).adminToken(),
    );
    expect(new Set(tokens).size).toBe(50);
    for (const token of tokens) expect(Buffer.from(token, 'base64url')).toHaveLength(32);
  });

  it('always warns at boot and refuses production unless told', async () => {
    const logger = new MemoryLogger();
    await createSessionManager({ strategy: 'no-auth', logger });
    expect(logger.entries).toEqual([
      expect.stringMatching(/^warn strategy: "no-auth" makes everyone an administrator; choose another/),
    ]);
    const before = process.env.NODE_ENV;
    process.env.NODE_ENV = 'production';
    try {
      await expect(createSessionManager({ strategy: 'no-auth', logger })).rejects.toMatchObject({
        code: 'SESSION_CONFIGURATION',
      });
      await expect(
        createSessionManager({ strategy: 'no-auth', allowInProduction: true, logger }),
      ).resolves.toBeInstanceOf(NoAuthSessionManager);
    } finally {
      process.env.NODE_ENV = before;
    }
  });
});
