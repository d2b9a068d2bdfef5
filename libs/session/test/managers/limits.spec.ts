import { beforeEach, describe, expect, it } from '@jest/globals';
import { SessionConfigurationError } from '../../src/core/errors.js';
import type { SessionManager } from '../../src/managers/session.manager.js';
import { manualClock, type ManualClock } from '../../src/testing/index.js';
import { eventsOf, jwtManager, opaqueManager, rejectionOf } from '../support/managers.js';
import { MemoryLogger } from '../support/memory-logger.js';

let clock: ManualClock;

beforeEach(() => {
  clock = manualClock();
});

describe.each([
  ['token', opaqueManager],
  ['jwt', jwtManager],
] as const)('limits under %s', (_name, makeManager) => {
  const make = (options: object) => makeManager({ clock, existingSession: 'new', ...options });
  const login = async (manager: SessionManager, username = 'alice') => {
    clock.advance('1s');
    return (await manager.createSession(username))!;
  };

  it('C1 maxSessionsPerUser refuses one login too many of a user, and says which limit it was', async () => {
    const logger = new MemoryLogger();
    const manager = await make({ maxSessionsPerUser: 2, logger });
    const events = eventsOf(manager);
    for (const username of ['alice', 'bob', 'alice', 'bob']) {
      expect(await manager.createSession(username)).not.toBeNull();
    }
    expect(await manager.createSession('alice')).toBeNull();
    expect(logger.entries).toContain('warn Reached max sessions limit of a user (2)');
    expect(events.at(-1)).toMatchObject({ type: 'limit', username: 'alice' });
    expect(await manager.nActiveSessions()).toBe(4);
  });

  it('a flood of logins at the limit writes ten lines in a second, and is told of in full by events', async () => {
    const logger = new MemoryLogger();
    const manager = await make({ maxConcurrentSessions: 1, logger });
    const events = eventsOf(manager);
    await login(manager);
    for (let number = 0; number < 40; number++) expect(await manager.createSession('late')).toBeNull();
    clock.advance('1s');
    expect(await manager.createSession('late')).toBeNull();
    const refused = 'warn Reached max concurrent sessions limit (1)';
    const rest = 'warn 30 more like these were left out in the last 1 s';
    expect(logger.entries).toEqual([...Array<string>(10).fill(refused), rest, refused]);
    expect(events.filter(({ type }) => type === 'limit')).toHaveLength(41);
  });

  it('maxSessionsPerUser may be a function of the username', async () => {
    const manager = await make({
      maxSessionsPerUser: (username: string) => (username === 'kiosk' ? 3 : 1),
    });
    await login(manager, 'kiosk');
    await login(manager, 'kiosk');
    await login(manager, 'alice');
    expect(await manager.createSession('alice')).toBeNull();
    expect(await manager.createSession('kiosk')).not.toBeNull();
  });

  it('a function that names no limit is told so, and logs nobody in', async () => {
    const manager = await make({ maxSessionsPerUser: () => 0 });
    expect(await rejectionOf(manager.createSession('alice'))).toBeInstanceOf(SessionConfigurationError);
    expect(await manager.nActiveSessions()).toBe(0);
  });

  it("L3 onLimit 'evict-oldest' ends the user's oldest session and tells it", async () => {
    const manager = await make({ maxSessionsPerUser: 2, onLimit: 'evict-oldest' });
    const [first, second] = [await login(manager), await login(manager)];
    await manager.validateSession(first.accessToken);
    const events = eventsOf(manager);
    const third = await login(manager);
    expect(third.evicted).toEqual([first.sessionId]);
    expect(events.map(({ type, username, ...event }) => [type, username, event.sessionId])).toEqual([
      ['ended', 'alice', first.sessionId],
      ['created', 'alice', third.sessionId],
    ]);
    expect(events[0]).toMatchObject({ reason: 'evicted' });
    expect(await manager.sessionUsername(first.accessToken)).toBeNull();
    expect(await manager.sessionUsername(second.accessToken)).toBe('alice');
  });

  it("onLimit 'evict-idle' ends the user's least used session", async () => {
    const manager = await make({ maxSessionsPerUser: 2, onLimit: 'evict-idle' });
    const [first, second] = [await login(manager), await login(manager)];
    clock.advance('5s');
    await manager.validateSession(first.accessToken);
    expect((await login(manager)).evicted).toEqual([second.sessionId]);
  });

  it("onLimit 'evict-idle' ends nobody at the limit of all", async () => {
    const manager = await make({ maxConcurrentSessions: 1, onLimit: 'evict-idle' });
    await login(manager);
    expect(await manager.createSession('bob')).toBeNull();
  });

  it("onLimit 'evict-oldest' at the limit of all ends whoever came first, and tells whose it was", async () => {
    const manager = await make({ maxConcurrentSessions: 2, onLimit: 'evict-oldest' });
    const events = eventsOf(manager);
    const first = await login(manager, 'alice');
    await login(manager, 'bob');
    expect((await login(manager, 'carol')).evicted).toEqual([first.sessionId]);
    expect(events).toContainEqual(
      expect.objectContaining({ type: 'ended', username: 'alice', reason: 'evicted' }),
    );
  });

  it('onLimit may differ between the two limits', async () => {
    const manager = await make({
      maxConcurrentSessions: 2,
      maxSessionsPerUser: 1,
      onLimit: { user: 'evict-oldest' },
    });
    const first = await login(manager, 'alice');
    await login(manager, 'bob');
    expect((await login(manager, 'alice')).evicted).toEqual([first.sessionId]);
    expect(await manager.createSession('carol')).toBeNull();
    const onlyAll = await make({
      maxConcurrentSessions: 1,
      maxSessionsPerUser: 1,
      onLimit: { all: 'evict-oldest' },
    });
    await login(onlyAll, 'alice');
    expect(await onlyAll.createSession('alice')).toBeNull();
    expect((await login(onlyAll, 'bob')).evicted).toHaveLength(1);
  });

  it.each([1, 3, 10])(
    'C1 a hundred parallel logins at a limit of %i leave exactly as many',
    async (limit) => {
      for (const options of [
        { maxConcurrentSessions: limit },
        { maxConcurrentSessions: limit, onLimit: 'evict-oldest' },
        { maxConcurrentSessions: Infinity, maxSessionsPerUser: limit, onLimit: 'evict-idle' },
      ]) {
        const manager = await make(options);
        const logins = await Promise.all(Array.from({ length: 100 }, () => manager.createSession('alice')));
        const evicted = new Set(logins.flatMap((tokens) => tokens?.evicted ?? []));
        const alive = logins.filter((tokens) => tokens !== null && !evicted.has(tokens.sessionId));
        expect(alive).toHaveLength(limit);
        expect(await manager.nActiveSessions()).toBe(limit);
        for (const tokens of alive) expect(await manager.sessionUsername(tokens!.accessToken)).toBe('alice');
      }
    },
  );
});

describe('limits under jwt', () => {
  it('a refresh of a lapsed session evicts for its slot, and its tokens say whom', async () => {
    const manager = await jwtManager({ clock, maxConcurrentSessions: 1, onLimit: 'evict-oldest' });
    const lapsed = (await manager.createSession('alice'))!;
    clock.advance('1h');
    const other = (await manager.createSession('bob'))!;
    expect((await manager.refreshSession(lapsed.refreshToken))!.evicted).toEqual([other.sessionId]);
    expect(await manager.sessionUsername(other.accessToken)).toBeNull();
  });

  it('F7 a refresh of a lapsed session at the user’s own limit answers null and consumes nothing', async () => {
    const manager = await jwtManager({ clock, maxSessionsPerUser: 1 });
    const lapsed = (await manager.createSession('alice'))!;
    clock.advance('1h');
    const other = (await manager.createSession('alice'))!;
    expect(await manager.refreshSession(lapsed.refreshToken)).toBeNull();
    await manager.invalidateSession(other.accessToken);
    expect(await manager.refreshSession(lapsed.refreshToken)).not.toBeNull();
  });
});

describe('limits under single', () => {
  it("onLimit 'evict-oldest' lets the latest login in and the earlier one go", async () => {
    const manager = await opaqueManager({ strategy: 'single', clock, onLimit: 'evict-oldest' });
    const first = (await manager.createSession('alice'))!;
    expect((await manager.createSession('bob'))!.evicted).toEqual([first.sessionId]);
    expect(await manager.nActiveSessions()).toBe(1);
  });
});
