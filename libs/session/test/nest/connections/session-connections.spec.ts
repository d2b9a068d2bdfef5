import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { ForbiddenException } from '@nestjs/common';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { SessionStoreUnavailableError } from '../../../src/core/errors.js';
import type { SessionInfo, SessionTokens } from '../../../src/core/session.js';
import { NoAuthSessionManager } from '../../../src/managers/no-auth-session.manager.js';
import type { SessionManager } from '../../../src/managers/session.manager.js';
import type { ConnectionEnd } from '../../../src/nest/connections/connection-end.js';
import type { TrackedConnection } from '../../../src/nest/connections/open-connection.js';
import { lateEnds } from '../../../src/nest/checks/late-ends.js';
import { SessionConnections } from '../../../src/nest/connections/session-connections.js';
import { ModuleSettings } from '../../../src/nest/settings.js';
import { MemoryApiTokenStore } from '../../../src/stores/memory/memory-api-token.store.js';
import { MemorySessionStore } from '../../../src/stores/memory/memory-session.store.js';
import { faultyStore, type Faults } from '../../../src/testing/faulty-store.js';
import { manualClock, type ManualClock } from '../../../src/testing/index.js';
import { countedStore } from '../../support/counted-store.js';
import { jwtManager, opaqueManager, rejectionOf } from '../../support/managers.js';
import { MemoryLogger } from '../../support/memory-logger.js';

/** A store of several processes that tells none of them of the others. */
class SilentStore extends MemorySessionStore {
  override readonly shared = true as never;
  override readonly subscribe = undefined as never;
}

class SilentApiTokenStore extends MemoryApiTokenStore {
  override readonly shared = true as never;
  override readonly subscribe = undefined as never;
}

let clock: ManualClock;
let logger: MemoryLogger;
let connections: SessionConnections;
let manager: SessionManager;

beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask', 'performance'] });
  clock = manualClock();
  logger = new MemoryLogger();
});

afterEach(async () => {
  await connections.beforeApplicationShutdown();
  expect(connections.size).toBe(0);
  expect(jest.getTimerCount()).toBe(0);
  jest.useRealTimers();
});

/** Connections over a manager under `jwt`, without leeway. */
async function overJwt(options: object = {}, settings: object = {}): Promise<void> {
  manager = await jwtManager({ clock, leeway: 0, maxConcurrentSessions: Infinity, logger, ...options });
  connections = over(manager, settings);
}

function over(validator: SessionManager, settings: object = {}): SessionConnections {
  return new SessionConnections(validator, new ModuleSettings({ logger, ...settings }));
}

const login = async (username = 'alice') => (await manager.createSession(username))!;

/** Tracks a connection of a token; answers what it will be told. */
async function tracked(token: string): Promise<ConnectionEnd[]> {
  const ends: ConnectionEnd[] = [];
  connections.track(await manager.validateSession(token), (end) => ends.push(end), token);
  await looked();
  return ends;
}

/** Answers are on their way for a few turns. */
async function looked(): Promise<void> {
  for (let turns = 0; turns < 10; turns += 1) await nextTurn();
}

/** So much time goes by for the process, in steps of what timers need. */
async function passing(milliseconds: number): Promise<void> {
  for (let passed = 0; passed < milliseconds; passed += 250) {
    await jest.advanceTimersByTimeAsync(250);
    await looked();
  }
}

/** The same for the manager's clock. */
async function seconds(count: number): Promise<void> {
  for (let second = 0; second < count; second += 1) {
    clock.advance(1);
    await passing(250);
  }
}

describe('what a connection is told when it is closed', () => {
  const ENDS: readonly [string, (tokens: SessionTokens) => Promise<unknown>, Partial<ConnectionEnd>][] = [
    [
      'a logout',
      ({ accessToken }) => manager.invalidateSession(accessToken),
      { reason: 'logout', text: 'session logout' },
    ],
    [
      'a revocation',
      ({ sessionId }) => manager.invalidateSession({ sessionId }),
      { reason: 'revoked', text: 'session revoked' },
    ],
    [
      'an end of everything',
      () => manager.invalidateEverySession(),
      { reason: 'revoked', text: 'session revoked' },
    ],
    ['an eviction', () => login(), { reason: 'evicted', text: 'session evicted' }],
    [
      'a refresh token that was used twice, which a thief is not told',
      async ({ refreshToken }) => {
        await manager.refreshSession(refreshToken);
        await rejectionOf(manager.refreshSession(refreshToken));
      },
      { reason: 'reuse', text: 'session revoked' },
    ],
  ];

  it.each(ENDS)('is 4401 and the reason at %s, if it may be told', async (_, end, told) => {
    const limits = { maxSessionsPerUser: 1, onLimit: { user: 'evict-oldest' }, refreshGrace: 0 };
    for (const tellRefusalReason of [true, false]) {
      await overJwt(limits, { tellRefusalReason });
      const tokens = await login();
      const ends = await tracked(tokens.accessToken);
      await end(tokens);
      const text = tellRefusalReason ? told.text : 'session ended';
      expect(ends).toEqual([{ ...told, text, code: 4401, comeAgain: false }]);
    }
  });

  it('is 4403 where it has lapsed: its client may come again with a fresh token', async () => {
    await overJwt();
    const ends = await tracked((await login()).accessToken);
    clock.advance('15m');
    await passing(250);
    expect(ends).toEqual([{ reason: 'expired', text: 'session expired', code: 4403, comeAgain: true }]);
  });

  it('is 1001 at a shutdown', async () => {
    await overJwt();
    const ends = await tracked((await login()).accessToken);
    await connections.beforeApplicationShutdown();
    expect(ends).toEqual([{ reason: 'shutdown', text: 'going away', code: 1001, comeAgain: true }]);
  });

  it('is said once, whatever else ends it, and nothing once it was forgotten', async () => {
    await overJwt();
    const { accessToken, sessionId } = await login();
    const ends = await tracked(accessToken);
    const closed = jest.fn();
    const forget = connections.track(await manager.validateSession(accessToken), closed);
    forget();
    forget();
    await manager.invalidateSession(accessToken);
    expect(connections.close({ sessionId })).toBe(0);
    expect([ends.length, closed.mock.calls.length]).toEqual([1, 0]);
  });

  it('a close that throws or rejects is logged, and the others are closed', async () => {
    await overJwt();
    const { accessToken } = await login();
    const session = await manager.validateSession(accessToken);
    const faults = [
      () => {
        throw new Error('thrown');
      },
      () => Promise.reject(new Error('rejected')),
    ];
    for (const fault of faults) connections.track(session, fault);
    const ends = await tracked(accessToken);
    await manager.invalidateSession(accessToken);
    await looked();
    expect(ends).toHaveLength(1);
    const errors = logger.entries.filter((entry) =>
      entry.startsWith('error A connection could not be closed'),
    );
    expect(errors.map((entry) => entry.split(': ').at(-1))).toEqual(['thrown', 'rejected']);
  });
});

describe('an application that closes connections itself', () => {
  it('names a session, an API token, any token of a session, or a user', async () => {
    await overJwt();
    const [one, other] = [await login(), await login('bob')];
    const { token, jti } = await manager.createApiToken('carol');
    for (const text of [one.accessToken, one.accessToken, other.accessToken, token]) await tracked(text);
    const { jti: jtiOfOther } = await manager.validateSession(other.accessToken);
    expect(connections.close({ sessionId: one.sessionId })).toBe(2);
    expect(connections.close({ jti: jtiOfOther })).toBe(1);
    expect(connections.close({ jti })).toBe(1);
    await tracked(token);
    expect(connections.close({ username: 'bob' })).toBe(0);
    expect(connections.close({ username: 'carol' }, 'expired')).toBe(1);
    for (const target of [{}, { jti: undefined }, { sessionId: '__proto__' }, { username: 'mallory' }]) {
      expect(connections.close(target as never)).toBe(0);
    }
  });
});

describe('a session that is renewed', () => {
  it('closes nothing: none of a hundred connections by a hundred rotations past the old expiry', async () => {
    await overJwt();
    const renewed = await Promise.all(Array.from({ length: 100 }, () => login()));
    const ends = await Promise.all(renewed.map(({ accessToken }) => tracked(accessToken)));
    for (let rotation = 0; rotation < 100; rotation += 1) {
      clock.advance('14m');
      const next = await Promise.all(renewed.map(({ refreshToken }) => manager.refreshSession(refreshToken)));
      renewed.splice(0, renewed.length, ...next.map((tokens) => tokens!));
      await passing(250);
    }
    expect(ends.flat()).toEqual([]);
    expect(connections.size).toBe(100);
  });

  it('costs a look when its token would have expired, and none before', async () => {
    const { store, asked } = countedStore(new MemorySessionStore());
    await overJwt({ store });
    const { accessToken, refreshToken } = await login();
    const ends = await tracked(accessToken);
    clock.advance('14m');
    await manager.refreshSession(refreshToken);
    const before = asked();
    await passing(5000);
    expect(asked()).toBe(before);
    clock.advance('2m');
    await passing(5000);
    expect(asked()).toBe(before + 1);
    clock.advance('13m');
    await passing(250);
    expect(ends).toMatchObject([{ reason: 'expired' }]);
  });
});

describe('the clock', () => {
  it('that jumps by years is followed in one look, ahead and back', async () => {
    const { store, asked } = countedStore(new MemorySessionStore());
    await overJwt({ store, absoluteTimeout: undefined });
    const start = clock();
    const ends = await tracked((await login()).accessToken);
    const before = asked();
    clock.set(start + 365 * 24 * 3600 * 1000);
    await passing(500);
    // Found to be over, and why.
    expect(asked()).toBe(before + 2);
    expect(ends).toMatchObject([{ reason: 'expired' }]);
    clock.set(start);
    await passing(500);
    const { accessToken } = (await manager.createSession('bob'))!;
    const later = await tracked(accessToken);
    clock.advance('15m');
    await passing(500);
    expect(later).toMatchObject([{ reason: 'expired' }]);
  });

  it('that is set back by hours leaves nobody open for hours whose end another process brought about', async () => {
    const store = new SilentStore();
    await overJwt({ store, sessionTimeout: 36_000 });
    const start = clock();
    const { accessToken, sessionId } = await login();
    const ends = await tracked(accessToken);
    clock.advance('5h');
    await passing(500);
    clock.set(start + 60_000);
    await passing(500);
    await store.revoke(sessionId, 'revoked', {}, clock());
    await seconds(11);
    expect(ends).toHaveLength(1);
  });

  it('that stands still or tells nothing asks nobody, and closes all when that lasts', async () => {
    const { store, asked } = countedStore(new MemorySessionStore());
    let isBroken = false;
    const given = () => (isBroken ? Number.NaN : clock());
    manager = await jwtManager({ clock: given, store, logger });
    connections = over(manager, { connections: { maxUnknown: 1 } });
    const { accessToken } = await login();
    const ends = await tracked(accessToken);
    const before = asked();
    await passing(5000);
    expect([asked(), ends.length]).toEqual([before, 0]);
    isBroken = true;
    jest.spyOn(performance, 'now').mockReturnValue(1_000_000);
    await passing(500);
    expect(ends).toEqual([]);
    jest.mocked(performance.now).mockReturnValue(1_001_000);
    await passing(250);
    jest.mocked(performance.now).mockRestore();
    expect(ends).toMatchObject([{ reason: 'unavailable', code: 1013, comeAgain: true }]);
  });
});

describe('a store that cannot answer', () => {
  const faults: Faults = { down: false, full: false };

  beforeEach(async () => {
    faults.down = false;
    await overJwt({ store: faultyStore(new MemorySessionStore(), faults) });
  });

  it('is asked again each second, and who has waited for half a minute is closed', async () => {
    const ends = await tracked((await login()).accessToken);
    clock.advance('15m');
    faults.down = true;
    await passing(250);
    await seconds(29);
    expect(ends).toEqual([]);
    await seconds(1);
    expect(ends).toMatchObject([{ reason: 'unavailable', code: 1013, comeAgain: true }]);
  });

  it('that is back in time closes nobody whose session was renewed, and those whose was not', async () => {
    const [renewed, lapsed] = [await login(), await login('bob')];
    const [open, closed] = [await tracked(renewed.accessToken), await tracked(lapsed.accessToken)];
    clock.advance('14m');
    await manager.refreshSession(renewed.refreshToken);
    clock.advance('1m');
    faults.down = true;
    await passing(250);
    await seconds(10);
    faults.down = false;
    await seconds(2);
    expect([open, closed]).toMatchObject([[], [{ reason: 'expired' }]]);
    faults.down = true;
    await seconds(60);
    expect(open).toEqual([]);
  });

  it('lets nobody in', async () => {
    const { accessToken } = await login();
    const session = await manager.validateSession(accessToken);
    faults.down = true;
    const refusal = await rejectionOf(connections.admit(session, () => undefined, accessToken));
    expect(refusal).toBeInstanceOf(SessionStoreUnavailableError);
    expect(connections.size).toBe(0);
  });

  it('is not asked for each of many: one answer speaks for all', async () => {
    const { store, asked } = countedStore(faultyStore(new MemorySessionStore(), faults));
    await overJwt({ store });
    for (let number = 0; number < 1000; number += 1)
      await tracked((await login(`user${number}`)).accessToken);
    clock.advance('15m');
    faults.down = true;
    const before = asked();
    await passing(250);
    expect(asked() - before).toBe(64);
    await seconds(30);
    expect(asked() - before).toBeLessThanOrEqual(64 * 31);
    expect(connections.size).toBe(0);
  });
});

describe('a store that never answers', () => {
  it('keeps nobody open for longer than one that cannot', async () => {
    const store = new MemorySessionStore();
    await overJwt({ store });
    const ends = await tracked((await login()).accessToken);
    store.find = () => new Promise(() => undefined) as never;
    clock.advance('15m');
    await passing(250);
    for (let second = 0; second < 33; second += 1) {
      clock.advance(1);
      await passing(1000);
    }
    expect(ends).toMatchObject([{ reason: 'unavailable' }]);
  });
});

describe('R8 an end that another process brings about', () => {
  it('is known at once where the store tells of it, and why', async () => {
    const store = new MemorySessionStore();
    const apiTokenStore = new MemoryApiTokenStore();
    await overJwt({ store, apiTokenStore });
    const [first, second] = [await login(), await login('bob')];
    const { token, jti } = await manager.createApiToken('carol');
    const ends = [await tracked(first.accessToken), await tracked(second.accessToken), await tracked(token)];
    store.revoke(first.sessionId, 'logout', {}, clock());
    expect(ends.map(([end]) => end?.reason)).toEqual(['logout', undefined, undefined]);
    store.revokeAll({}, clock());
    apiTokenStore.revoke(jti, {}, clock());
    expect(ends.map(([end]) => end?.reason)).toEqual(['logout', 'revoked', 'revoked']);
  });

  it.each([
    ['ten seconds', {}, 10],
    ['as the option says', { connections: { recheck: 3 } }, 3],
  ])(
    'is known within %s where a shared store tells nothing, of sessions and API tokens',
    async (_, settings, within) => {
      const [store, apiTokenStore] = [new SilentStore(), new SilentApiTokenStore()];
      await overJwt({ store, apiTokenStore }, settings);
      const session = await login();
      const { token, jti } = await manager.createApiToken('carol');
      const ends = [await tracked(session.accessToken), await tracked(token)];
      await seconds(2 * within);
      expect(ends.flat()).toEqual([]);
      store.revoke(session.sessionId, 'evicted' as never, {}, clock());
      apiTokenStore.revoke(jti, {}, clock());
      await seconds(within);
      expect(ends.flat().map(({ reason }) => reason)).toEqual(['evicted', 'revoked']);
    },
  );

  it('is bounded as boot says, where the shared store does not tell', async () => {
    await overJwt({ store: new SilentStore() }, { connections: { recheck: 7 } });
    expect(lateEnds({ connections })).toMatch(/^connections: .* every 7 s \(recheck\)/);
    await overJwt({ store: new SilentStore() }, { connections: false });
    expect(lateEnds({ connections })).toBeUndefined();
    await overJwt();
    expect(lateEnds({ connections })).toBeUndefined();
  });
});

describe('API tokens of all of a user', () => {
  it('end too where another program has registered them without an owner', async () => {
    const apiTokenStore = new MemoryApiTokenStore();
    await overJwt({ apiTokenStore });
    const { token, jti, expiresAt } = await manager.createApiToken('alice');
    apiTokenStore.register({ jti, expiresAt: expiresAt.getTime() });
    const ends = await tracked(token);
    clock.advance(1);
    await manager.invalidateAllSessions('alice');
    await looked();
    expect(ends).toMatchObject([{ reason: 'revoked' }]);
  });
});

describe('R8 no window', () => {
  it('admits none of a thousand handshakes whose session ends between validation and tracking', async () => {
    await overJwt();
    let refused = 0;
    for (let number = 0; number < 1000; number += 1) {
      const { accessToken, sessionId } = await login(`user${number}`);
      const session = await manager.validateSession(accessToken);
      await manager.invalidateSession({ sessionId });
      await rejectionOf(connections.admit(session, () => undefined, accessToken)).then(() => (refused += 1));
    }
    expect([refused, connections.size]).toEqual([1000, 0]);
  });

  it.each(['before', 'after'])('nor where it ends %s the store has been asked once more', async (when) => {
    const store = new MemorySessionStore();
    await overJwt({ store });
    const { accessToken, sessionId } = await login();
    const session = await manager.validateSession(accessToken);
    const find = store.find.bind(store);
    store.find = (async (...asked: Parameters<typeof find>) => {
      if (when === 'before') await manager.invalidateSession({ sessionId });
      const answer = find(...asked);
      if (when === 'after') await manager.invalidateSession({ sessionId });
      return answer;
    }) as never;
    const close = jest.fn();
    const refusal = await rejectionOf(connections.admit(session, close, accessToken));
    expect([refusal['code'], refusal['reason']]).toEqual(['ACCESS_TOKEN_NOT_FOUND', 'revoked']);
    expect(close).not.toHaveBeenCalled();
  });

  it('what an application tracks itself is closed', async () => {
    await overJwt();
    const { accessToken } = await login();
    const session = await manager.validateSession(accessToken);
    await manager.invalidateSession(accessToken);
    const ends: ConnectionEnd[] = [];
    connections.track(session, (end) => ends.push(end));
    await looked();
    expect(ends).toMatchObject([{ reason: 'logout' }]);
  });

  it('a key that was left out meanwhile opens nothing', async () => {
    await overJwt();
    const { accessToken } = await login();
    const session = await manager.validateSession(accessToken);
    await manager.keys.rotateKeys(new Uint8Array(64).fill(9));
    const ends: ConnectionEnd[] = [];
    connections.track(session, (end) => ends.push(end), accessToken);
    expect(ends).toMatchObject([{ reason: 'expired' }]);
    const refusal = await rejectionOf(connections.admit(session, () => undefined, accessToken));
    expect(refusal['code']).toBe('ACCESS_TOKEN_NOT_FOUND');
  });

  it('a shutdown lets nothing in', async () => {
    await overJwt();
    const { accessToken } = await login();
    const session = await manager.validateSession(accessToken);
    await connections.beforeApplicationShutdown();
    const refusal = await rejectionOf(connections.admit(session, () => undefined));
    expect(refusal).toBeInstanceOf(SessionStoreUnavailableError);
    expect(await tracked(accessToken)).toMatchObject([{ reason: 'shutdown' }]);
  });
});

it('nothing is left of a thousand connections that came and went', async () => {
  await overJwt();
  const listeners = jest.spyOn(manager.events, 'subscribe');
  for (let number = 0; number < 1000; number += 1) {
    const { accessToken } = await login(`user${number % 10}`);
    const session = await manager.validateSession(accessToken);
    const connection = await connections.admit(session, () => undefined, accessToken);
    if (number % 2 === 0) connection.forget();
    else await manager.invalidateSession(accessToken);
  }
  expect([connections.size, listeners.mock.calls.length]).toEqual([0, 1000]);
});

/** Why a message of a connection is not let in. */
function refusalOf(connection: TrackedConnection): unknown {
  try {
    return connection.admitMessage();
  } catch (error) {
    return error;
  }
}

describe('a message', () => {
  const admitted = async (token: string) =>
    connections.admit(await manager.validateSession(token), () => undefined, token);

  it('is let in without asking a store, and refused when its connection has ended', async () => {
    const { store, asked } = countedStore(new MemorySessionStore());
    await overJwt({ store });
    const { accessToken } = await login();
    const connection = await admitted(accessToken);
    const before = asked();
    for (let message = 0; message < 100; message += 1) expect(connection.admitMessage()).toBeUndefined();
    expect(asked()).toBe(before);
    await manager.invalidateSession(accessToken);
    expect(refusalOf(connection)).toMatchObject({ reason: 'revoked' });
    expect(connection.isOpen).toBe(false);
  });

  it('is refused where its type of token is not accepted', async () => {
    await overJwt();
    const connection = await admitted((await manager.createApiToken('ci')).token);
    expect(refusalOf(connection)).toMatchObject({ code: 'WRONG_TOKEN_TYPE' });
    expect(connection.admitMessage(['access', 'api'])).toBeUndefined();
  });

  it('at the very end waits for a look: let in if it was renewed, refused if not, 503 if nobody can tell', async () => {
    const faults: Faults = { down: false, full: false };
    await overJwt({ store: faultyStore(new MemorySessionStore(), faults) });
    const [renewed, lapsed] = [await login(), await login('bob')];
    const [open, over] = [await admitted(renewed.accessToken), await admitted(lapsed.accessToken)];
    clock.advance('14m');
    await manager.refreshSession(renewed.refreshToken);
    clock.advance('1m');
    faults.down = true;
    await expect(open.admitMessage()).rejects.toBeInstanceOf(SessionStoreUnavailableError);
    faults.down = false;
    await expect(over.admitMessage()).rejects.toMatchObject({ reason: 'expired' });
    await open.admitMessage();
    expect(open.admitMessage()).toBeUndefined();
  });

  it.each([
    ['idleTimeout', { idleTimeout: 99 }],
    ['sliding', { sliding: true, sessionTimeout: 100 }],
  ])('is a use under %s, noted ten times in a span at most; listening is none', async (_, options) => {
    const { store, asked } = countedStore(new MemorySessionStore());
    manager = await opaqueManager({ clock, existingSession: 'new', ...options, store });
    connections = over(manager);
    const [lively, quiet] = [await login(), await login('bob')];
    const connection = await admitted(lively.accessToken);
    const ends = await tracked(quiet.accessToken);
    const before = asked();
    for (let second = 0; second < 1000; second += 1) {
      clock.advance(1);
      await connection.admitMessage();
      await looked();
    }
    expect(asked() - before).toBeLessThanOrEqual(2 * 100 + 2);
    expect(await manager.sessionUsername(lively.accessToken)).toBe('alice');
    await passing(250);
    expect([connection.isOpen, ends.map(({ reason }) => reason)]).toEqual([true, ['expired']]);
  });
});

describe('resolveUser', () => {
  it('is asked again at each look, and closes for whom it knows no user', async () => {
    let answer: () => unknown = () => ({ name: 'Alice' });
    const asked: SessionInfo[] = [];
    const resolveUser = (session: SessionInfo) => {
      asked.push(session);
      return answer();
    };
    const refusals: readonly [() => unknown, string][] = [
      [() => null, 'revoked'],
      [
        () => {
          throw new ForbiddenException();
        },
        'revoked',
      ],
    ];
    await overJwt({}, { resolveUser });
    for (const [refuses, reason] of refusals) {
      answer = () => ({ name: 'Alice' });
      const { accessToken, refreshToken } = await login();
      const ends = await tracked(accessToken);
      clock.advance('14m');
      const next = (await manager.refreshSession(refreshToken))!;
      clock.advance('1m');
      await passing(250);
      expect(asked.at(-1)!.expiresAt).toEqual(next.expiresAt);
      expect(ends).toEqual([]);
      answer = refuses;
      await manager.refreshSession(next.refreshToken);
      clock.advance('14m');
      await passing(250);
      expect(ends).toMatchObject([{ reason }]);
    }
    expect(asked).toHaveLength(4);
  });

  it('that breaks leaves open for as long as a store that cannot answer', async () => {
    const resolveUser = () => {
      throw new Error('no database');
    };
    await overJwt({}, { resolveUser });
    const { accessToken, refreshToken } = await login();
    const ends = await tracked(accessToken);
    clock.advance('14m');
    await manager.refreshSession(refreshToken);
    clock.advance('1m');
    await passing(250);
    await seconds(29);
    expect(ends).toEqual([]);
    await seconds(1);
    expect(ends).toMatchObject([{ reason: 'unavailable' }]);
  });
});

describe('where there is nothing to be told', () => {
  it('under no-auth a connection goes on past any expiry', async () => {
    manager = new NoAuthSessionManager({ clock, logger });
    connections = over(manager);
    const ends = await tracked('anything');
    for (let hours = 0; hours < 5; hours += 1) {
      clock.advance('1h');
      await passing(250);
    }
    expect([ends, connections.size]).toEqual([[], 1]);
  });

  it('a connection ends with its token over a stand-in for the manager', async () => {
    await overJwt();
    const { accessToken } = await login();
    const session = await manager.validateSession(accessToken);
    connections = over({ validateSession: async () => session } as unknown as SessionManager);
    const ends: ConnectionEnd[] = [];
    jest.setSystemTime(clock());
    connections.track(session, (end) => ends.push(end));
    await looked();
    expect(ends).toEqual([]);
    jest.setSystemTime(session.expiresAt.getTime());
    await passing(500);
    expect(ends).toMatchObject([{ reason: 'expired' }]);
  });
});

it('with connections: false nothing is tracked, and messages are judged all the same', async () => {
  await overJwt({}, { connections: false });
  const { accessToken, refreshToken } = await login();
  const ends = await tracked(accessToken);
  const session = await manager.validateSession(accessToken);
  const connection = await connections.admit(session, (end) => ends.push(end), accessToken);
  expect(connection.admitMessage()).toBeUndefined();
  clock.advance('14m');
  await manager.refreshSession(refreshToken);
  clock.advance('1m');
  await connection.admitMessage();
  clock.advance('14m');
  await expect(connection.admitMessage()).rejects.toMatchObject({ reason: 'expired' });
  expect([connections.size, ends]).toEqual([0, []]);
});
