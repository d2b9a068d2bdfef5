import { beforeEach, describe, expect, it } from '@jest/globals';
import { RefreshTokenReuseError, type SessionValidationError } from '../../src/core/errors.js';
import { MemorySessionStore } from '../../src/stores/memory/memory-session.store.js';
import { manualClock, type ManualClock } from '../../src/testing/index.js';
import { UNLIMITED } from '../../src/testing/session-store.contract/fixtures.js';
import { eventsOf, forged, jwtManager, opaqueManager, rejectionOf } from '../support/managers.js';

let clock: ManualClock;

beforeEach(() => {
  clock = manualClock();
});

const reasonOf = async (refused: Promise<unknown>) =>
  (await rejectionOf<SessionValidationError>(refused)).reason;

describe.each([
  ['token', opaqueManager],
  ['jwt', jwtManager],
] as const)('the reason of a refusal under %s', (_name, makeManager) => {
  const make = (options: object = {}) => makeManager({ clock, existingSession: 'new', ...options });

  it('revoked: after a logout, an order by id, and the end of all of a user’s sessions', async () => {
    const manager = await make();
    const endings = [
      (tokens: { accessToken: string }) => manager.invalidateSession(tokens.accessToken),
      ({ sessionId }: { sessionId: string }) => manager.invalidateSession({ sessionId }),
      () => manager.invalidateAllSessions('alice'),
    ];
    for (const end of endings) {
      const tokens = (await manager.createSession('alice'))!;
      await end(tokens);
      expect(await reasonOf(manager.validateSession(tokens.accessToken))).toBe('revoked');
    }
  });

  it('evicted: where the session had to go for another', async () => {
    const manager = await make({ maxSessionsPerUser: 1, onLimit: 'evict-oldest' });
    const { accessToken } = (await manager.createSession('alice'))!;
    await manager.createSession('alice');
    expect(await reasonOf(manager.validateSession(accessToken))).toBe('evicted');
  });

  it('idle and expired: before a sweep and after it', async () => {
    const manager = await make({ idleTimeout: 60, sessionTimeout: 600 });
    const { accessToken } = (await manager.createSession('alice'))!;
    clock.advance('2m');
    expect(await reasonOf(manager.validateSession(accessToken))).toBe('idle');
    await manager.cleanupExpiredSessions();
    expect(await reasonOf(manager.validateSession(accessToken))).toBe('idle');
    const lasting = await make({ sessionTimeout: 60 });
    const tokens = (await lasting.createSession('alice'))!;
    clock.advance('2m');
    expect(await reasonOf(lasting.validateSession(tokens.accessToken))).toBe('expired');
    clock.advance('2d');
    await lasting.cleanupExpiredSessions();
    expect(await reasonOf(lasting.validateSession(tokens.accessToken))).toBe('expired');
  });

  it('rotated: where a refresh has replaced the token', async () => {
    const manager = await make({ refreshGrace: 0 });
    const tokens = (await manager.createSession('alice'))!;
    await manager.refreshSession(tokens.refreshToken ?? tokens.accessToken);
    expect(await reasonOf(manager.validateSession(tokens.accessToken))).toBe('rotated');
  });

  it('unknown, not rotated: for a token that is ahead of its record, as of a store set back to a backup', async () => {
    const [store, restored] = [new MemorySessionStore(), new MemorySessionStore()];
    const manager = await make({ store });
    const tokens = (await manager.createSession('alice'))!;
    restored.create(store.find(tokens.sessionId, clock())!, UNLIMITED, clock());
    const ahead = (await manager.refreshSession(tokens.refreshToken ?? tokens.accessToken))!;
    const setBack = await make({ store: restored });
    expect(await reasonOf(setBack.validateSession(ahead.accessToken))).toBe('unknown');
    expect(await setBack.sessionUsername(tokens.accessToken)).toBe('alice');
  });

  it('unknown: for a token of another process’s memory, and for what is none', async () => {
    const { accessToken } = (await (await make()).createSession('alice'))!;
    const manager = await make();
    expect(await reasonOf(manager.validateSession(accessToken))).toBe('unknown');
    expect(await reasonOf(manager.validateSession('nonsense'))).toBe('unknown');
    expect(await reasonOf(manager.validateSession(undefined))).toBe('unknown');
  });

  it('D2 is not asked for by a forged token, and costs a good one nothing', async () => {
    const store = new MemorySessionStore();
    const asked: string[] = [];
    for (const verb of ['find', 'absence', 'access'] as const) {
      const real = store[verb].bind(store) as (...args: unknown[]) => unknown;
      Object.assign(store, { [verb]: (...args: unknown[]) => (asked.push(verb), real(...args)) });
    }
    const manager = await make({ store });
    const { accessToken } = (await manager.createSession('alice'))!;
    await rejectionOf(manager.validateSession(forged(accessToken)));
    expect(asked).toEqual([]);
    await manager.validateSession(accessToken);
    expect(asked).toEqual(['access']);
  });

  it('D3 is remembered of the latest endings, however many there are, in bounded memory', async () => {
    const manager = await make({ maxConcurrentSessions: Infinity });
    const first = (await manager.createSession('alice'))!;
    await manager.invalidateSession(first.accessToken);
    let last = first;
    for (let number = 0; number < 20_000; number += 1) {
      last = (await manager.createSession('alice'))!;
      await manager.invalidateSession({ sessionId: last.sessionId });
    }
    expect(await reasonOf(manager.validateSession(last.accessToken))).toBe('revoked');
    expect(await reasonOf(manager.validateSession(first.accessToken))).toBe('unknown');
  });
});

describe('onRefreshReuse', () => {
  const reuse = async (options: object) => {
    const manager = await jwtManager({ clock, refreshGrace: 0, ...options });
    const first = (await manager.createSession('alice'))!;
    const second = (await manager.refreshSession(first.refreshToken))!;
    const events = eventsOf(manager);
    const error = await rejectionOf<RefreshTokenReuseError>(manager.refreshSession(first.refreshToken));
    return { manager, second, events, error };
  };

  it("F1 'revoke' ends the session, and says so to the successor too", async () => {
    const { manager, second, events, error } = await reuse({});
    expect(error).toBeInstanceOf(RefreshTokenReuseError);
    expect(error.reason).toBe('reuse_detected');
    expect(events.map(({ type }) => type)).toEqual(['reuse', 'ended']);
    expect(await reasonOf(manager.validateSession(second.accessToken))).toBe('reuse_detected');
    expect(await reasonOf(manager.refreshSession(second.refreshToken))).toBe('reuse_detected');
  });

  it("'reject' only refuses: the successor works on, and the event is told all the same", async () => {
    const { manager, second, events, error } = await reuse({ onRefreshReuse: 'reject' });
    expect(error).toBeInstanceOf(RefreshTokenReuseError);
    expect(error.reason).toBe('reuse_detected');
    expect(events.map(({ type }) => type)).toEqual(['reuse']);
    expect(await manager.sessionUsername(second.accessToken)).toBe('alice');
    expect(await manager.refreshSession(second.refreshToken)).not.toBeNull();
  });
});
