import { beforeEach, describe, expect, it } from '@jest/globals';
import type { SessionRecord } from '../../src/core/session.js';
import { MemorySessionStore } from '../../src/stores/memory/memory-session.store.js';
import { eventsOf, jwtManager, opaqueManager } from '../support/managers.js';
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

/** A store in which every login finds `record`, refreshed as often as can be. */
function latestGeneration(record: SessionRecord): MemorySessionStore {
  const store = new MemorySessionStore();
  store.create = () => ({ outcome: 'existing', record: { ...record, generation: 0xffffff } });
  return store;
}

describe.each([
  ['token', opaque, false],
  ['jwt', jwt, true],
] as const)('under %s', (_name, make, renewsByRefreshToken) => {
  const renewalOf = (tokens: { accessToken: string; refreshToken?: string } | null) =>
    renewsByRefreshToken ? tokens!.refreshToken! : tokens!.accessToken;

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
});

describe('under jwt', () => {
  it('F1 a refresh token used again after the grace window ends the whole session', async () => {
    const manager = await jwt({ refreshGrace: 0 });
    const events = eventsOf(manager);
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

  it('an expired refresh token is SessionExpiredError and ends nothing', async () => {
    const manager = await jwt({ sessionTimeout: 60, refreshTimeout: 30 });
    const tokens = (await manager.createSession('alice'))!;
    advance(40);
    await expect(manager.refreshSession(tokens.refreshToken)).rejects.toMatchObject({
      code: 'SESSION_EXPIRED',
    });
    expect(await manager.sessionUsername(tokens.accessToken)).toBe('alice');
  });
});
