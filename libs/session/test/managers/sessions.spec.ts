import { beforeEach, describe, expect, it } from '@jest/globals';
import { eventsOf, jwtManager, opaqueManager } from '../support/managers.js';
import { brokenStore } from '../support/stores.js';

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

  it('a fresh session says exactly its time-out and lives at least that long', async () => {
    const manager = await make({ sessionTimeout: 60 });
    const tokens = (await manager.createSession('alice'))!;
    expect(tokens).toMatchObject({ tokenType: 'Bearer', expiresIn: 60, reused: false, evicted: [] });
    advance(60);
    expect(await manager.sessionUsername(tokens.accessToken)).toBe('alice');
  });

  it('E5 E6 what validates is counted and what is counted validates, with no clean-up', async () => {
    const manager = await make({ sessionTimeout: 60 });
    const tokens = (await manager.createSession('alice'))!;
    for (let second = 0; second < 70; second += 1) {
      const valid = (await manager.sessionUsername(tokens.accessToken)) !== null;
      expect(await manager.nActiveSessions()).toBe(valid ? 1 : 0);
      expect(await manager.hasLoggedUser()).toBe(valid);
      advance(1);
    }
    expect(await manager.hasLoggedUser()).toBe(false);
  });

  it('E4 accesses never move the end of a session, and a refresh gives its successor one', async () => {
    const manager = await make({ sessionTimeout: 60 });
    const first = await manager.createSession('alice');
    for (let second = 0; second < 50; second += 10) {
      advance(10);
      expect((await manager.validateSession(first!.accessToken)).expiresAt).toEqual(first!.expiresAt);
    }
    const second = (await manager.refreshSession(renewalOf(first)))!;
    expect(second.expiresAt.getTime()).toBe(Math.ceil(now / SECOND) * SECOND + 60 * SECOND);
    advance(200_000);
    expect(await manager.nActiveSessions()).toBe(0);
    expect(await manager.listSessions('alice')).toEqual([]);
    expect(await manager.cleanupExpiredSessions()).toBe(1);
  });

  it('C1 a hundred parallel logins at a limit of three give exactly three sessions', async () => {
    const manager = await make({ maxConcurrentSessions: 3 });
    const logins = await Promise.all(
      Array.from({ length: 100 }, (_, number) => manager.createSession(`user-${number}`)),
    );
    const alive = logins.filter((tokens) => tokens !== null);
    expect(alive).toHaveLength(3);
    expect(await manager.nActiveSessions()).toBe(3);
    for (const tokens of alive) expect(await manager.sessionUsername(tokens.accessToken)).not.toBeNull();
  });

  it('C2 an expired session holds no slot', async () => {
    const manager = await make({ maxConcurrentSessions: 1, sessionTimeout: 60 });
    await manager.createSession('alice');
    expect(await manager.createSession('bob')).toBeNull();
    advance(70);
    expect(await manager.createSession('bob')).not.toBeNull();
  });

  it('R4 lists hold no token and nothing that opens', async () => {
    const manager = await make();
    const tokens = (await manager.createSession('alice', { userAgent: 'curl', ip: '::1' }))!;
    const list = await manager.listSessions('alice');
    expect(list).toMatchObject([
      { sessionId: tokens.sessionId, active: true, details: { userAgent: 'curl', ip: '::1' } },
    ]);
    const text = JSON.stringify(list);
    expect(text).not.toContain(tokens.accessToken);
    for (const value of [tokens.sessionId, text]) expect(await manager.sessionUsername(value)).toBeNull();
  });

  it('one session is found by its id as lists show it, until it is over, and nothing else names it', async () => {
    const manager = await make();
    const tokens = (await manager.createSession('alice', { userAgent: 'curl' }))!;
    const [listed] = await manager.listSessions('alice');
    expect(await manager.findSession(tokens.sessionId)).toEqual(listed);
    for (const name of [tokens.accessToken, 'unknown', '__proto__', '', undefined, null, 7, {}]) {
      expect(await manager.findSession(name as string)).toBeNull();
    }
    await manager.invalidateSession(tokens.accessToken);
    expect(await manager.findSession(tokens.sessionId)).toBeNull();
  });

  it('the same user’s parallel logins share one session when told to reuse it', async () => {
    const manager = await make({ existingSession: 'reuse' });
    const logins = await Promise.all(Array.from({ length: 20 }, () => manager.createSession('alice')));
    expect(new Set(logins.map((tokens) => tokens!.accessToken)).size).toBe(1);
    expect(logins.filter((tokens) => !tokens!.reused)).toHaveLength(1);
    expect(await manager.nActiveSessions()).toBe(1);
  });

  it('L3 events tell of create, refresh, end and limit, and hold no token', async () => {
    const manager = await make({ maxConcurrentSessions: 1, existingSession: 'new' });
    const events = eventsOf(manager);
    const first = await manager.createSession('alice');
    await manager.createSession('bob');
    const second = (await manager.refreshSession(renewalOf(first)))!;
    await manager.invalidateSession(second.accessToken);
    expect(events.map(({ type }) => type)).toEqual(['created', 'limit', 'refreshed', 'ended']);
    expect(events.at(-1)).toMatchObject({ username: 'alice', sessionId: first!.sessionId, reason: 'logout' });
    expect(JSON.stringify(events)).not.toContain(second.accessToken);
  });

  it('D2 a forged token costs no store read', async () => {
    const genuine = (await (await make()).createSession('alice'))!;
    const manager = await make({ store: brokenStore('throws') });
    const last = genuine.accessToken.at(-1) === 'A' ? 'B' : 'A';
    await expect(manager.validateSession(genuine.accessToken.slice(0, -1) + last)).rejects.toMatchObject({
      code: 'INVALID_TOKEN',
    });
  });

  it.each(['', 'a'.repeat(257), 'a\nb', '\u007f', '\ud800', 7, null, undefined])(
    'D1 refuses the username %p',
    async (username) => {
      const manager = await make();
      await expect(manager.createSession(username as string)).rejects.toMatchObject({
        code: 'INVALID_INPUT',
      });
      expect(await manager.nActiveSessions()).toBe(0);
      expect(await manager.listSessions(username as string)).toEqual([]);
      expect(await manager.sessionToken(username as string)).toBeNull();
    },
  );

  it('no token and a token that is no string are refused by name', async () => {
    const manager = await make();
    await expect(manager.validateSession(undefined)).rejects.toMatchObject({ code: 'MISSING_TOKEN' });
    await expect(manager.validateSession(7 as never)).rejects.toMatchObject({ code: 'INVALID_TOKEN' });
    expect(await manager.sessionUsername(undefined)).toBeNull();
  });

  it('an info is a frozen plain object', async () => {
    const manager = await make();
    const info = await manager.validateSession((await manager.createSession('alice'))!.accessToken);
    expect(Object.isFrozen(info)).toBe(true);
    expect(Object.getPrototypeOf(info)).toBe(Object.prototype);
  });

  it('a clock that runs backwards revives nothing', async () => {
    const manager = await make({ sessionTimeout: 60 });
    const tokens = (await manager.createSession('alice'))!;
    advance(70);
    expect(await manager.sessionUsername(tokens.accessToken)).toBeNull();
    advance(-60);
    expect(await manager.sessionUsername(tokens.accessToken)).toBeNull();
  });
});
