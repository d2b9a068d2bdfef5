import { beforeEach, describe, expect, it } from '@jest/globals';
import { createSessionManager } from '../../src/compose/create-session-manager.js';
import { SigningKeysUnavailableError } from '../../src/core/errors.js';
import type { SessionEvent } from '../../src/core/events.js';
import type { JwtSessionManager } from '../../src/managers/jwt-session.manager.js';
import { POLICY_DEFAULTS } from '../../src/core/session-policy.js';
import type { SessionRecord } from '../../src/core/session.js';
import { SessionManager } from '../../src/managers/session.manager.js';
import { MemoryApiTokenStore } from '../../src/stores/memory/memory-api-token.store.js';
import { MemorySessionStore } from '../../src/stores/memory/memory-session.store.js';
import { MemoryLogger } from '../support/memory-logger.js';
import { brokenStore, RivalledStore } from '../support/stores.js';

const START = Date.UTC(2026, 0, 21, 12, 0, 0, 250);
const SECOND = 1000;
const KEY = new Uint8Array(64).fill(7);
const logger = new MemoryLogger();

let now = START;
const clock = () => now;
const advance = (seconds: number) => (now += seconds * SECOND);

beforeEach(() => {
  now = START;
  logger.entries.length = 0;
});

function jwt(options: object = {}): Promise<JwtSessionManager> {
  return createSessionManager({
    strategy: 'jwt',
    secretKey: KEY,
    apiTokenStore: new MemoryApiTokenStore(),
    clock,
    logger,
    ...options,
  });
}

function opaque(options: object = {}): Promise<SessionManager> {
  return createSessionManager({ strategy: 'token', secretKey: KEY, clock, logger, ...options });
}

/** A store in which every login finds `record`, refreshed as often as can be. */
function latestGeneration(record: SessionRecord): MemorySessionStore {
  const store = new MemorySessionStore();
  store.create = () => ({ outcome: 'existing', record: { ...record, generation: 0xffffff } });
  return store;
}

function heard(manager: SessionManager): SessionEvent[] {
  const events: SessionEvent[] = [];
  manager.events.subscribe((event) => events.push(event));
  return events;
}

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

  it('F7 a refresh that finds no slot answers null and leaves the token good', async () => {
    const manager = await make({ maxConcurrentSessions: 1, sessionTimeout: 60, existingSession: 'new' });
    const mine = await manager.createSession('alice');
    if (!renewsByRefreshToken) {
      // An opaque token lapses with its session, so the limit cannot come between.
      expect(await manager.refreshSession(renewalOf(mine))).not.toBeNull();
      return;
    }
    advance(70);
    const other = (await manager.createSession('bob'))!;
    expect(await manager.refreshSession(renewalOf(mine))).toBeNull();
    await manager.invalidateSession(other.accessToken);
    expect(await manager.refreshSession(renewalOf(mine))).not.toBeNull();
  });

  it('F2 of a hundred parallel refreshes within the grace window all get the one successor', async () => {
    const manager = await make({ refreshGrace: 10 });
    const token = renewalOf(await manager.createSession('alice'));
    const successors = await Promise.all(Array.from({ length: 100 }, () => manager.refreshSession(token)));
    expect(new Set(successors.map((tokens) => tokens!.accessToken)).size).toBe(1);
    expect(await manager.refreshSession(renewalOf(successors[0]!))).not.toBeNull();
  });

  it('F3 F4 the grace window covers the immediate predecessor and using it does not extend it', async () => {
    const manager = await make({ refreshGrace: 10 });
    const first = await manager.createSession('alice');
    const second = await manager.refreshSession(renewalOf(first));
    expect(await manager.sessionUsername(first!.accessToken)).toBe('alice');
    for (const seconds of [4, 4]) {
      advance(seconds);
      expect((await manager.refreshSession(renewalOf(first)))!.accessToken).toBe(second!.accessToken);
    }
    advance(4);
    expect(await manager.sessionUsername(first!.accessToken)).toBeNull();
    await expect(manager.refreshSession(renewalOf(first))).rejects.toMatchObject({
      code: renewsByRefreshToken ? 'REFRESH_TOKEN_REUSE' : 'REFRESH_TOKEN_NOT_FOUND',
    });
  });

  it('R7 F5 a refresh overtaken by a revocation revives nothing', async () => {
    const store = new RivalledStore();
    const manager = await make({ store });
    const tokens = await manager.createSession('alice');
    store.before('rotate', () => manager.invalidateSession({ sessionId: tokens!.sessionId }));
    await expect(manager.refreshSession(renewalOf(tokens))).rejects.toMatchObject({
      code: 'REFRESH_TOKEN_NOT_FOUND',
    });
    expect(await manager.nActiveSessions()).toBe(0);
    expect(await manager.listSessions('alice')).toEqual([]);
  });

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

  it('a refresh overtaken by a rival refresh gets the same successor in grace', async () => {
    const store = new RivalledStore();
    const manager = await make({ store, refreshGrace: 10 });
    const token = renewalOf(await manager.createSession('alice'));
    let rival: { accessToken: string } | null = null;
    store.before('rotate', async () => {
      rival = await manager.refreshSession(token);
    });
    expect((await manager.refreshSession(token))!.accessToken).toBe(rival!.accessToken);
  });

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

  it('the same user’s parallel logins share one session when told to reuse it', async () => {
    const manager = await make({ existingSession: 'reuse' });
    const logins = await Promise.all(Array.from({ length: 20 }, () => manager.createSession('alice')));
    expect(new Set(logins.map((tokens) => tokens!.accessToken)).size).toBe(1);
    expect(logins.filter((tokens) => !tokens!.reused)).toHaveLength(1);
    expect(await manager.nActiveSessions()).toBe(1);
  });

  it('L3 events tell of create, refresh, end and limit, and hold no token', async () => {
    const manager = await make({ maxConcurrentSessions: 1, existingSession: 'new' });
    const events = heard(manager);
    const first = await manager.createSession('alice');
    await manager.createSession('bob');
    const second = (await manager.refreshSession(renewalOf(first)))!;
    await manager.invalidateSession(second.accessToken);
    expect(events.map(({ type }) => type)).toEqual(['created', 'limit', 'refreshed', 'ended']);
    expect(events.at(-1)).toMatchObject({ username: 'alice', sessionId: first!.sessionId, reason: 'logout' });
    expect(JSON.stringify(events)).not.toContain(second.accessToken);
  });

  it.each(['throws', 'rejects'] as const)(
    'R6 H4 a store that %s is SessionStoreUnavailableError in every verb',
    async (how) => {
      const working = await make();
      const tokens = (await working.createSession('alice'))!;
      const manager = await make({ store: brokenStore(how) });
      const verbs = [
        manager.createSession('alice'),
        manager.validateSession(tokens.accessToken),
        manager.refreshSession(renewalOf(tokens)),
        manager.invalidateSession(tokens.accessToken),
        manager.invalidateSession({ sessionId: tokens.sessionId }, { username: 'alice' }),
        manager.invalidateAllSessions('alice'),
        manager.sessionUsername(tokens.accessToken),
        manager.sessionToken('alice'),
        manager.listSessions('alice'),
        manager.nActiveSessions(),
        manager.hasLoggedUser(),
        manager.cleanupExpiredSessions(),
      ];
      for (const verb of verbs) {
        await expect(verb).rejects.toMatchObject({
          code: 'SESSION_STORE_UNAVAILABLE',
          cause: { message: 'connect ECONNREFUSED' },
        });
      }
    },
  );

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

  it('a token that breaks its codec is InvalidTokenProcessingError, with the cause', async () => {
    const store = new MemorySessionStore();
    const cause = new TypeError('not a function');
    const codec = {
      issue: () => ({ accessToken: 'x' }),
      read: () => {
        throw cause;
      },
    };
    const manager = new SessionManager({ codec, store, policy: POLICY_DEFAULTS.token, logger, clock });
    await expect(manager.validateSession('x')).rejects.toMatchObject({
      code: 'INVALID_TOKEN_PROCESSING',
      cause,
    });
    expect(await manager.invalidateSession('x')).toEqual({ invalidated: false, username: null });
  });

  it('H4 an outage is told to whoever can mend it, in ten lines a second at most', async () => {
    const store = new MemorySessionStore();
    store.access = () => Promise.reject(new Error('ECONNREFUSED 127.0.0.1:6379')) as never;
    const manager = await make({ store });
    const { accessToken } = (await manager.createSession('alice'))!;
    for (let request = 0; request < 50; request += 1) {
      await expect(manager.validateSession(accessToken)).rejects.toMatchObject({
        code: 'SESSION_STORE_UNAVAILABLE',
      });
    }
    const told = 'error The session store could not answer (access): Error: ECONNREFUSED 127.0.0.1:6379';
    expect(logger.entries.filter((entry) => entry.includes('ECONNREFUSED'))).toEqual(Array(10).fill(told));
  });

  it('an outage on which a codec depends is told to who ends a session, not answered as if there were none', async () => {
    const outage = new SigningKeysUnavailableError('the keys could not be fetched');
    const codec = {
      issue: () => ({ accessToken: 'x' }),
      read: () => {
        throw outage;
      },
    };
    const store = new MemorySessionStore();
    const manager = new SessionManager({ codec, store, policy: POLICY_DEFAULTS.token, logger, clock });
    await expect(manager.invalidateSession('x')).rejects.toBe(outage);
  });

  it('a session refreshed as often as a token can tell is not renewed again', async () => {
    const store = new MemorySessionStore();
    const manager = await make({ store });
    const { sessionId } = (await manager.createSession('alice'))!;
    const record = store.find(sessionId, now)!;
    store.find = () => ({ ...record, generation: 0xffffff });
    const token = renewalOf(
      await make({ store: latestGeneration(record) }).then((other) => other.createSession('alice')),
    );
    await expect(manager.refreshSession(token)).rejects.toMatchObject({ code: 'REFRESH_TOKEN_NOT_FOUND' });
  });

  it('close closes the stores, and a store that cannot is SessionStoreUnavailableError', async () => {
    const store = new MemorySessionStore();
    await (await make({ store })).close();
    store.close = () => {
      throw new Error('half open');
    };
    await expect((await make({ store })).close()).rejects.toMatchObject({
      code: 'SESSION_STORE_UNAVAILABLE',
    });
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

describe('under token', () => {
  it('an older token is refused and ends nothing, since several devices may hold it', async () => {
    const manager = await opaque();
    const first = (await manager.createSession('alice'))!;
    const second = (await manager.refreshSession(first.accessToken))!;
    await expect(manager.refreshSession(first.accessToken)).rejects.toMatchObject({
      code: 'REFRESH_TOKEN_NOT_FOUND',
    });
    expect(await manager.sessionUsername(second.accessToken)).toBe('alice');
    expect(await manager.sessionToken('alice')).toBe(second.accessToken);
  });

  it('API tokens are not part of it, and each of their methods names the strategy that has them', async () => {
    const manager = await opaque();
    for (const [method, call] of Object.entries({
      createApiToken: manager.createApiToken('alice'),
      invalidateApiToken: manager.invalidateApiToken('x'),
      listApiTokens: manager.listApiTokens('alice'),
    })) {
      await expect(call).rejects.toMatchObject({
        code: 'UNSUPPORTED_OPERATION',
        message:
          `${method}: only the strategy 'jwt' has API tokens; choose it by SessionModule.forRoot('jwt') or ` +
          "createSessionManager('jwt')",
      });
    }
  });
});

describe('under jwt', () => {
  it('F1 a refresh token used again after the grace window ends the whole session', async () => {
    const manager = await jwt({ refreshGrace: 0 });
    const events = heard(manager);
    const first = (await manager.createSession('alice'))!;
    const second = (await manager.refreshSession(first.refreshToken))!;
    await expect(manager.refreshSession(first.refreshToken)).rejects.toMatchObject({
      code: 'REFRESH_TOKEN_REUSE',
      sessionId: first.sessionId,
    });
    expect(await manager.sessionUsername(second.accessToken)).toBeNull();
    await expect(manager.refreshSession(second.refreshToken)).rejects.toMatchObject({
      code: 'REFRESH_TOKEN_NOT_FOUND',
    });
    expect(events.slice(-2)).toMatchObject([{ type: 'reuse' }, { type: 'ended', reason: 'reuse' }]);
  });

  it('F2 without a grace window parallel refreshes end the session', async () => {
    const manager = await jwt({ refreshGrace: 0 });
    const tokens = (await manager.createSession('alice'))!;
    const results = await Promise.allSettled(
      Array.from({ length: 20 }, () => manager.refreshSession(tokens.refreshToken)),
    );
    const granted = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value!] : []));
    expect(granted).toHaveLength(1);
    expect(await manager.sessionUsername(granted[0]!.accessToken)).toBeNull();
  });

  it('F6 rights and user are the same after a refresh', async () => {
    const manager = await jwt();
    const first = (await manager.createSession('alice'))!;
    const before = await manager.validateSession(first.accessToken);
    const after = await manager.validateSession(
      (await manager.refreshSession(first.refreshToken))!.accessToken,
    );
    expect({ ...after, jti: 0 }).toEqual({ ...before, jti: 0 });
  });

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

  it('an expired refresh token is SessionExpiredError and ends nothing', async () => {
    const manager = await jwt({ sessionTimeout: 60, refreshTimeout: 30 });
    const tokens = (await manager.createSession('alice'))!;
    advance(40);
    await expect(manager.refreshSession(tokens.refreshToken)).rejects.toMatchObject({
      code: 'SESSION_EXPIRED',
    });
    expect(await manager.sessionUsername(tokens.accessToken)).toBe('alice');
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

  describe('API tokens', () => {
    it('R2 end with all of a user’s sessions, unless one is excepted', async () => {
      const manager = await jwt();
      const { sessionId } = (await manager.createSession('alice'))!;
      const { token } = await manager.createApiToken('alice');
      await manager.invalidateAllSessions('alice', { except: sessionId });
      expect(await manager.sessionUsername(token)).toBe('alice');
      expect(await manager.invalidateAllSessions('alice')).toEqual({ sessions: 1, apiTokens: 1 });
      expect(await manager.sessionUsername(token)).toBeNull();
    });

    it('are no session: invalidateSession leaves them', async () => {
      const manager = await jwt();
      const { token, jti } = await manager.createApiToken('alice');
      for (const target of [token, { jti }]) {
        expect(await manager.invalidateSession(target)).toEqual({ invalidated: false, username: null });
      }
      expect(await manager.sessionUsername(token)).toBe('alice');
    });

    it('are revoked by token or jti, once, by their owner only, an expired one too', async () => {
      const manager = await jwt();
      const { token, jti } = await manager.createApiToken('alice', { expiration: 10, label: 'ci' });
      expect(await manager.listApiTokens('alice')).toMatchObject([{ jti, label: 'ci' }]);
      expect(await manager.invalidateApiToken({ jti }, { username: 'bob' })).toBe(false);
      advance(11);
      expect(await manager.listApiTokens('alice')).toEqual([]);
      expect(await manager.invalidateApiToken(token)).toBe(true);
      expect(await manager.invalidateApiToken(token)).toBe(false);
      const { accessToken } = (await manager.createSession('alice'))!;
      for (const wrong of [accessToken, 'garbage', '', undefined, {}, { jti: 5 }]) {
        expect(await manager.invalidateApiToken(wrong as string)).toBe(false);
      }
    });

    it('end at the moment asked for, without leeway', async () => {
      const manager = await jwt({ leeway: 60 });
      const { token, expiresAt } = await manager.createApiToken('alice', { expiration: 10 });
      now = expiresAt.getTime() - 1;
      expect(await manager.sessionUsername(token)).toBe('alice');
      now += 1;
      await expect(manager.validateSession(token)).rejects.toMatchObject({ code: 'SESSION_EXPIRED' });
    });

    it('carry their rights, or none, or all', async () => {
      const manager = await jwt();
      const rights = async (datasets?: Record<string, never[]>) => {
        const { token } = await manager.createApiToken('alice', { datasets });
        const info = await manager.validateSession(token);
        return info.type === 'api' ? info.datasets : 'not an api token';
      };
      expect(await rights()).toBeUndefined();
      expect(await rights({})).toEqual({});
    });

    it.each([
      0,
      -1,
      1.5,
      Number.NaN,
      Infinity,
      true,
      'tomorrow',
      '2027-01-01T00:00:00',
      '2020-01-01T00:00:00Z',
      new Date(Number.NaN),
      400_000_000,
      {},
    ])('an expiration of %p is refused and nothing is stored', async (expiration) => {
      const manager = await jwt();
      await expect(
        manager.createApiToken('alice', { expiration: expiration as never }),
      ).rejects.toMatchObject({ code: 'INVALID_EXPIRATION' });
      expect(await manager.listApiTokens('alice')).toEqual([]);
    });

    it('a token over 8 KiB is refused and nothing is stored', async () => {
      const manager = await jwt();
      const datasets = Object.fromEntries(
        Array.from({ length: 200 }, (_, number) => [`${'d'.repeat(60)}${number}`, ['read' as const]]),
      );
      await expect(manager.createApiToken('alice', { datasets })).rejects.toMatchObject({
        code: 'INVALID_INPUT',
      });
      expect(await manager.listApiTokens('alice')).toEqual([]);
    });
  });
});
