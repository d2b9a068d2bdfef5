import { beforeEach, describe, expect, it } from '@jest/globals';
import { generateKeyPairSync } from 'node:crypto';
import { createSessionVerifier } from '../../src/compose/create-session-verifier.js';
import {
  AccessTokenNotFoundError,
  RefreshTokenNotFoundError,
  SessionStoreUnavailableError,
  UnsupportedOperationError,
} from '../../src/core/errors.js';
import { TokenType } from '../../src/core/token-type.js';
import { askStore } from '../../src/managers/ask-store.js';
import { NoAuthSessionManager } from '../../src/managers/no-auth-session.manager.js';
import { MemoryApiTokenStore } from '../../src/stores/memory/memory-api-token.store.js';
import { MemorySessionStore } from '../../src/stores/memory/memory-session.store.js';
import { manualClock, type ManualClock } from '../../src/testing/index.js';
import { eventsOf, jwtManager, opaqueManager, rejectionOf } from '../support/managers.js';
import { MemoryLogger } from '../support/memory-logger.js';

let clock: ManualClock;

beforeEach(() => {
  clock = manualClock();
});

describe('events', () => {
  it('L3 the end of all of a user’s sessions is told for each of them', async () => {
    const manager = await jwtManager({ clock });
    const ids = [await manager.createSession('alice'), await manager.createSession('alice')].map(
      (tokens) => tokens!.sessionId,
    );
    const events = eventsOf(manager);
    expect(await manager.invalidateAllSessions('alice')).toEqual({ sessions: 2, apiTokens: 0 });
    expect(events).toEqual(
      ids.map((sessionId) => ({
        type: 'ended',
        at: clock(),
        username: 'alice',
        sessionId,
        reason: 'revoked',
      })),
    );
  });

  it('L3 a session ended by a token was logged out, one ended by its name was revoked', async () => {
    const manager = await jwtManager({ clock });
    const [first, second] = [
      (await manager.createSession('alice'))!,
      (await manager.createSession('alice'))!,
    ];
    const events = eventsOf(manager);
    await manager.invalidateSession(first.accessToken);
    await manager.invalidateSession({ sessionId: second.sessionId });
    expect(events).toEqual([
      expect.objectContaining({ sessionId: first.sessionId, reason: 'logout' }),
      expect.objectContaining({ sessionId: second.sessionId, reason: 'revoked' }),
    ]);
  });

  it('an API token that is made, and one that ends, is told with its owner and its label', async () => {
    const manager = await jwtManager({ clock });
    const events = eventsOf(manager);
    const { token, jti } = await manager.createApiToken('alice', { label: 'backup' });
    await manager.invalidateApiToken({ jti }, { username: 'mallory' });
    await manager.invalidateApiToken(token);
    await manager.invalidateApiToken(token);
    const told = { at: clock(), username: 'alice', jti, label: 'backup' };
    expect(events).toEqual([
      { type: 'api-token-created', ...told },
      { type: 'api-token-ended', ...told },
    ]);
    expect(JSON.stringify(events)).not.toContain(token);
  });

  it('API tokens that end with all of their owner’s are told one by one, and those that are spared are not', async () => {
    const manager = await jwtManager({ clock });
    const made = [await manager.createApiToken('alice'), await manager.createApiToken('alice')];
    await manager.createApiToken('bob');
    const events = eventsOf(manager);
    await manager.invalidateAllSessions('alice', { apiTokens: false });
    expect(events).toEqual([]);
    await manager.invalidateAllSessions('alice');
    expect(events).toEqual(
      made.map(({ jti }) => ({ type: 'api-token-ended', at: clock(), username: 'alice', jti })),
    );
  });

  it('an end of everything is told once for sessions, with whom it spared, and once for API tokens', async () => {
    const manager = await jwtManager({ clock });
    const { sessionId: except } = (await manager.createSession('alice'))!;
    await manager.createSession('bob');
    await manager.createApiToken('bob');
    const events = eventsOf(manager);
    await manager.invalidateEverySession({ except });
    await manager.invalidateEverySession({ apiTokens: false });
    expect(events).toEqual([
      { type: 'ended-all', at: clock(), count: 1, except },
      { type: 'api-tokens-ended-all', at: clock(), count: 1 },
      { type: 'ended-all', at: clock(), count: 1 },
    ]);
  });

  it('an API token that a wrong clock has dated is told to end when the clock is right again', async () => {
    const manager = await jwtManager({ clock });
    await manager.nActiveSessions();
    const before = clock();
    clock.advance('2h');
    const { jti } = await manager.createApiToken('alice');
    const events = eventsOf(manager);
    clock.set(before);
    await manager.nActiveSessions();
    expect(events).toEqual([{ type: 'api-token-ended', at: expect.any(Number), username: 'alice', jti }]);
  });

  it('L3 a limit names the session that could not be refreshed, and none at a login', async () => {
    const manager = await jwtManager({ clock, maxConcurrentSessions: 1 });
    const lapsed = (await manager.createSession('alice'))!;
    clock.advance('1h');
    await manager.createSession('bob');
    const events = eventsOf(manager);
    await manager.createSession('carol');
    await manager.refreshSession(lapsed.refreshToken);
    expect(events).toEqual([
      { type: 'limit', at: clock(), username: 'carol' },
      { type: 'limit', at: clock(), username: 'alice', sessionId: lapsed.sessionId },
    ]);
    expect(Object.keys(events[0]!)).not.toContain('sessionId');
  });
});

describe('the log', () => {
  it.each([
    ['revoke', 'ends'],
    ['reject', 'goes on, as onRefreshReuse says'],
  ] as const)(
    'names the session whose refresh token was used again, under %s',
    async (onRefreshReuse, what) => {
      const logger = new MemoryLogger();
      const manager = await jwtManager({ clock, logger, onRefreshReuse, refreshGrace: 0 });
      const { refreshToken, sessionId } = (await manager.createSession('alice'))!;
      await manager.refreshSession(refreshToken);
      await rejectionOf(manager.refreshSession(refreshToken));
      expect(logger.entries).toEqual([`warn A refresh token was used again: session ${sessionId} ${what}`]);
    },
  );
});

describe('the tokens of a session that was there already', () => {
  it('have cost no other session: reused at a login, or given again within the grace window', async () => {
    const reusing = await opaqueManager({ clock, existingSession: 'reuse' });
    await reusing.createSession('alice');
    expect(await reusing.createSession('alice')).toMatchObject({ reused: true, evicted: [] });
    const renewing = await jwtManager({ clock, refreshGrace: 10 });
    const { refreshToken } = (await renewing.createSession('alice'))!;
    await renewing.refreshSession(refreshToken);
    expect(await renewing.refreshSession(refreshToken)).toMatchObject({ reused: false, evicted: [] });
  });
});

describe('no token', () => {
  it.each([undefined, null])('is missing, not invalid: %p', async (token) => {
    const manager = await opaqueManager({ clock });
    const error = await rejectionOf(manager.validateSession(token as undefined));
    expect(error).toMatchObject({ code: 'MISSING_TOKEN' });
  });
});

describe('the end of a session', () => {
  it.each([undefined, null, 7, '', 'nonsense', {}, { jti: 7 }, { jti: 'nonsense' }, { sessionId: 7 }])(
    'of %p is none, and asks no store',
    async (target) => {
      const manager = await jwtManager({ clock });
      const { store } = (manager as unknown as { parts: { store: object } }).parts;
      for (const verb of ['find', 'revoke']) {
        Object.assign(store, { [verb]: () => Promise.reject(new Error(`${verb} was asked`)) });
      }
      expect(await manager.invalidateSession(target as never)).toEqual({
        invalidated: false,
        username: null,
      });
    },
  );

  it('of a session that is not there is none, whoever asks', async () => {
    const manager = await jwtManager({ clock });
    const { sessionId } = (await manager.createSession('alice'))!;
    await manager.invalidateSession({ sessionId });
    expect(await manager.invalidateSession({ sessionId }, { username: 'alice' })).toEqual({
      invalidated: false,
      username: null,
    });
  });

  it('is not brought about by an API token, nor by that of a name that is none', async () => {
    const manager = await jwtManager({ clock });
    await manager.createSession('alice');
    const { token } = await manager.createApiToken('alice');
    expect((await manager.invalidateSession(token)).invalidated).toBe(false);
    expect(await manager.invalidateAllSessions('')).toEqual({ sessions: 0, apiTokens: 0 });
    expect(await manager.nActiveSessions()).toBe(1);
  });
});

describe('refusals', () => {
  it('an access token without a session is not found as such, and a refresh token that was asked for as such', async () => {
    const manager = await jwtManager({ clock });
    const { accessToken, refreshToken, sessionId } = (await manager.createSession('alice'))!;
    await manager.invalidateSession({ sessionId });
    expect(await rejectionOf(manager.validateSession(accessToken))).toBeInstanceOf(AccessTokenNotFoundError);
    const refused = await rejectionOf(manager.validateSession(refreshToken, { accept: [TokenType.Refresh] }));
    expect(refused).toBeInstanceOf(RefreshTokenNotFoundError);
    expect(refused).toMatchObject({ sessionId, reason: 'revoked' });
  });

  it('a refresh token that was asked for is looked at without leaving a trace', async () => {
    const manager = await jwtManager({ clock });
    const { refreshToken } = (await manager.createSession('alice'))!;
    const began = new Date(clock());
    clock.advance('1m');
    const info = await manager.validateSession(refreshToken, { accept: [TokenType.Refresh] });
    expect(info).toMatchObject({ type: TokenType.Refresh, lastAccessed: began });
    expect((await manager.listSessions('alice'))[0]!.lastAccessed).toEqual(began);
  });

  it('a lapsed access token of the present generation has expired, and is not called rotated', async () => {
    const store = new MemorySessionStore();
    const strict = await jwtManager({ clock, store, leeway: 0, sessionTimeout: 60 });
    // Lets the token itself pass; that the session has lapsed, only its record says.
    const lenient = await jwtManager({ clock, store, leeway: 60 });
    const { accessToken } = (await strict.createSession('alice'))!;
    clock.advance('90s');
    for (const manager of [strict, lenient]) {
      expect(await rejectionOf(manager.validateSession(accessToken))).toMatchObject({ reason: 'expired' });
    }
  });

  it('of an API token name no session', async () => {
    const manager = await jwtManager({ clock });
    const { token } = await manager.createApiToken('alice');
    await manager.invalidateApiToken(token);
    const refused = await rejectionOf(manager.validateSession(token));
    expect(refused).toBeInstanceOf(AccessTokenNotFoundError);
    expect(Object.keys(refused)).not.toContain('sessionId');
  });

  it('a store’s own word for an outage is handed on as it is', async () => {
    const own = new SessionStoreUnavailableError('fail-over');
    expect(await rejectionOf((async () => askStore(() => Promise.reject(own)))())).toBe(own);
    expect(
      await rejectionOf(
        (async () =>
          askStore(() => {
            throw own;
          }))(),
      ),
    ).toBe(own);
  });
});

describe('API tokens', () => {
  it('a list tells label and last use where there are any, and when each was made', async () => {
    const manager = await jwtManager({ clock });
    const { jti: plain, expiresAt } = await manager.createApiToken('alice');
    const { token, jti: used } = await manager.createApiToken('alice', { label: 'ci' });
    const createdAt = new Date(clock());
    clock.advance('5s');
    await manager.validateSession(token);
    const list = await manager.listApiTokens('alice');
    expect(list).toStrictEqual([
      { jti: plain, createdAt, expiresAt },
      { jti: used, label: 'ci', createdAt, lastAccessed: new Date(clock()), expiresAt },
    ]);
  });

  it('a name that is none has none, and asks no store', async () => {
    const apiTokenStore = new MemoryApiTokenStore();
    apiTokenStore.listByUser = () => {
      throw new Error('asked');
    };
    const manager = await jwtManager({ clock, apiTokenStore });
    expect(await manager.listApiTokens('')).toEqual([]);
  });

  it.each([undefined, null, {}, { jti: '' }, { jti: 7 }])('the end of %p is none', async (target) => {
    const manager = await jwtManager({ clock });
    expect(await manager.invalidateApiToken(target as never)).toBe(false);
  });

  it('the store is closed with the manager', async () => {
    const apiTokenStore = new MemoryApiTokenStore();
    let closed = 0;
    apiTokenStore.close = () => void (closed += 1);
    await (await jwtManager({ clock, apiTokenStore })).close();
    expect(closed).toBe(1);
  });
});

describe('under no-auth', () => {
  it('the end of all sessions is that of admin’s one, unless it is excepted, and changes nothing', async () => {
    const manager = new NoAuthSessionManager({ clock });
    const { sessionId } = await manager.createSession();
    expect(await manager.invalidateAllSessions('admin')).toEqual({ sessions: 1, apiTokens: 0 });
    expect(await manager.invalidateAllSessions('admin', { except: 'other' })).toEqual({
      sessions: 1,
      apiTokens: 0,
    });
    expect(await manager.invalidateAllSessions('admin', { except: sessionId })).toEqual({
      sessions: 0,
      apiTokens: 0,
    });
    expect(await manager.invalidateAllSessions('alice')).toEqual({ sessions: 0, apiTokens: 0 });
    expect(await manager.hasLoggedUser()).toBe(true);
  });

  it('an access is noted, and moves the expiry only once that has passed', async () => {
    const manager = new NoAuthSessionManager({ clock });
    const { expiresAt } = await manager.validateSession();
    clock.advance('10s');
    expect(await manager.validateSession()).toMatchObject({ lastAccessed: new Date(clock()), expiresAt });
  });

  it('there is no store and no codec, and who reaches for them is told so', () => {
    const { parts } = new NoAuthSessionManager({ clock }) as unknown as {
      parts: { store: unknown; codec: unknown };
    };
    expect(() => parts.store).toThrow(UnsupportedOperationError);
    expect(() => parts.codec).toThrow(UnsupportedOperationError);
  });
});

describe('a session that is reused', () => {
  it('had nobody evicted for it', async () => {
    const manager = await opaqueManager({ clock });
    await manager.createSession('alice');
    expect((await manager.createSession('alice'))!.evicted).toEqual([]);
  });
});

describe('a verifier', () => {
  const { privateKey } = generateKeyPairSync('ed25519');
  const signing = { algorithm: 'EdDSA', privateKey } as const;
  const parties = { issuer: 'plantdb-api', audience: 'plantdb-client' };

  it('tells whose token it is, null for none, and an outage as such', async () => {
    const store = new MemorySessionStore();
    const manager = await jwtManager({ clock, store, signing });
    const jwks = manager.keys.publicKeys();
    const verifier = await createSessionVerifier({
      jwks,
      ...parties,
      store,
      clock,
      logger: new MemoryLogger(),
    });
    const { accessToken } = (await manager.createSession('alice'))!;
    expect(await verifier.sessionUsername(accessToken)).toBe('alice');
    expect(await verifier.sessionUsername('nonsense')).toBeNull();
    expect(await verifier.sessionUsername(undefined)).toBeNull();
    store.access = () => {
      throw new Error('connect ECONNREFUSED');
    };
    expect(await rejectionOf(verifier.sessionUsername(accessToken))).toBeInstanceOf(
      SessionStoreUnavailableError,
    );
  });

  it('closes the stores that it was given, and needs none', async () => {
    const jwks = (await jwtManager({ clock, signing })).keys.publicKeys();
    const [store, apiTokenStore] = [new MemorySessionStore(), new MemoryApiTokenStore()];
    const closed: unknown[] = [];
    for (const each of [store, apiTokenStore]) each.close = () => void closed.push(each);
    const options = { jwks, ...parties, clock, logger: new MemoryLogger() };
    await (await createSessionVerifier({ ...options, store, apiTokenStore })).close();
    expect(closed).toEqual([store, apiTokenStore]);
    await (await createSessionVerifier(options)).close();
  });
});
