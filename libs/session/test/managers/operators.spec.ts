import { describe, expect, it, jest } from '@jest/globals';
import { MemoryApiTokenStore } from '../../src/stores/memory/memory-api-token.store.js';
import { MemorySessionStore } from '../../src/stores/memory/memory-session.store.js';
import { manualClock } from '../../src/testing/manual-clock.js';
import { eventsOf, jwtManager, opaqueManager, rejectionOf } from '../support/managers.js';

const INVALID_INPUT = { code: 'INVALID_INPUT' };

describe('updateSession', () => {
  it('changes the details that are named, and leaves the others and all times alone', async () => {
    const clock = manualClock();
    const manager = await opaqueManager({ clock });
    const { sessionId } = (await manager.createSession('alice', { ip: '::1', label: 'phone' }))!;
    const [before] = await manager.listSessions('alice');
    clock.advance(30);
    const changes = { details: { label: 'laptop', ip: null, os: 'plan9', userAgent: undefined } };
    expect(await manager.updateSession({ sessionId }, changes)).toBe(true);
    expect(await manager.listSessions('alice')).toEqual([
      { ...before, details: { label: 'laptop', os: 'plan9' } },
    ]);
    await manager.updateSession({ sessionId }, { details: { label: null, os: null } });
    expect((await manager.listSessions('alice'))[0]).not.toHaveProperty('details');
  });

  it('R5 touches nobody else’s session: it must be hers, where a user is named', async () => {
    const manager = await opaqueManager();
    const { sessionId } = (await manager.createSession('alice', { label: 'phone' }))!;
    const changes = { details: { label: 'mine' } };
    for (const owner of [{ username: 'bob' }, { username: undefined }, { username: '' }]) {
      expect(await manager.updateSession({ sessionId }, changes, owner as { username: string })).toBe(false);
    }
    expect((await manager.listSessions('alice'))[0]!.details).toEqual({ label: 'phone' });
    expect(await manager.updateSession({ sessionId }, changes, { username: 'alice' })).toBe(true);
    expect(await manager.updateSession({ sessionId: 'A'.repeat(22) }, changes)).toBe(false);
  });

  it.each([
    ['no changes', undefined],
    ['details that are null', { details: null }],
    ['details that are a text', { details: 'label' }],
    ['details that are a list', { details: ['label'] }],
    ['a number among them', { details: { label: 7 } }],
    ['more than 2 KiB', { details: { label: 'ä'.repeat(1024) } }],
  ])('refuses %s, and changes nothing', async (_, changes) => {
    const manager = await opaqueManager();
    const { sessionId } = (await manager.createSession('alice', { label: 'phone' }))!;
    await expect(manager.updateSession({ sessionId }, changes as object)).rejects.toMatchObject(
      INVALID_INPUT,
    );
    expect((await manager.listSessions('alice'))[0]!.details).toEqual({ label: 'phone' });
  });

  it('hands no store more than it may keep', async () => {
    const store = new MemorySessionStore();
    const amend = jest.spyOn(store, 'amend');
    const manager = await opaqueManager({ store });
    const { sessionId } = (await manager.createSession('alice'))!;
    const tooLong = { details: { a: 'x'.repeat(1024), b: 'x'.repeat(1024) } };
    await expect(manager.updateSession({ sessionId }, tooLong)).rejects.toMatchObject(INVALID_INPUT);
    expect(amend).not.toHaveBeenCalled();
  });

  it('refuses what comes to more than 2 KiB only together with what is there', async () => {
    const manager = await opaqueManager();
    const { sessionId } = (await manager.createSession('alice', { a: 'x'.repeat(1500) }))!;
    const more = { details: { b: 'x'.repeat(547) } };
    await expect(manager.updateSession({ sessionId }, more)).rejects.toMatchObject(INVALID_INPUT);
    expect(await manager.updateSession({ sessionId }, { details: { b: 'x'.repeat(546) } })).toBe(true);
    expect(await manager.updateSession({ sessionId }, { details: { a: null, ...more.details } })).toBe(true);
  });
});

describe('browseSessions', () => {
  it('turns pages over the active sessions of all users, the latest first, and never a token', async () => {
    const clock = manualClock();
    const manager = await jwtManager({ clock, maxConcurrentSessions: Infinity });
    await manager.createSession('lapsed');
    clock.advance(900 + 3);
    const all: string[] = [];
    for (const username of ['a', 'b', 'c', 'd', 'e']) {
      all.unshift((await manager.createSession(username, { label: username }))!.sessionId);
    }
    const first = await manager.browseSessions({ limit: 2 });
    await manager.createSession('late');
    await manager.invalidateSession({ sessionId: all[1]! });
    const second = await manager.browseSessions({ limit: 2, after: first.next });
    const third = await manager.browseSessions({ limit: 2, after: second.next });
    const seen = [first, second, third].flatMap(({ sessions }) => sessions);
    expect(seen.map(({ sessionId }) => sessionId)).toEqual(all);
    expect(seen.map(({ username }) => username)).toEqual(['e', 'd', 'c', 'b', 'a']);
    expect((await manager.listSessions('a'))[0]).toEqual(
      expect.objectContaining({ details: { label: 'a' } }),
    );
    expect(seen[4]).toEqual({ ...(await manager.listSessions('a'))[0], username: 'a' });
    expect(JSON.stringify(seen)).not.toMatch(/eyJ/);
  });

  it.each([
    [{ limit: 0 }],
    [{ limit: 1001 }],
    [{ limit: 2.5 }],
    [{ limit: '2' }],
    [{ after: '' }],
    [{ after: 'no page' }],
    [{ after: 7 }],
    [null],
  ])('refuses %j', async (options) => {
    const manager = await jwtManager();
    await manager.createSession('alice');
    await expect(manager.browseSessions(options as object)).rejects.toMatchObject(INVALID_INPUT);
    await expect(manager.browseApiTokens(options as object)).rejects.toMatchObject(INVALID_INPUT);
  });

  it('API tokens likewise, each on exactly one page', async () => {
    const manager = await jwtManager();
    const made: string[] = [];
    for (let number = 0; number < 7; number += 1) {
      made.push((await manager.createApiToken(`user-${number % 3}`, { label: `${number}` })).jti);
    }
    const seen: string[] = [];
    for (let after: string | undefined, more = true; more;) {
      const page = await manager.browseApiTokens({ limit: 3, after });
      seen.push(...page.apiTokens.map(({ jti, username, label }) => `${jti} ${username} ${label}`));
      after = page.next;
      more = after !== undefined;
    }
    expect(seen.sort()).toEqual(made.map((jti, number) => `${jti} user-${number % 3} ${number}`).sort());
  });
});

describe('invalidateEverySession', () => {
  it('R2 ends every session and API token of everybody in one step, and tells of each once', async () => {
    const manager = await jwtManager();
    const [alice, bob] = [(await manager.createSession('alice'))!, (await manager.createSession('bob'))!];
    const { token } = await manager.createApiToken('carol');
    const events = eventsOf(manager);
    expect(await manager.invalidateEverySession()).toEqual({ sessions: 2, apiTokens: 1 });
    expect(events).toEqual([
      { type: 'ended-all', at: expect.any(Number), count: 2 },
      { type: 'api-tokens-ended-all', at: expect.any(Number), count: 1 },
    ]);
    expect(await manager.nActiveSessions()).toBe(0);
    for (const gone of [alice.accessToken, bob.accessToken, token]) {
      expect(await manager.sessionUsername(gone)).toBeNull();
    }
    await expect(manager.refreshSession(alice.refreshToken)).rejects.toMatchObject({
      code: 'REFRESH_TOKEN_NOT_FOUND',
    });
    expect(await manager.sessionUsername((await manager.createSession('alice'))!.accessToken)).toBe('alice');
    expect(await manager.sessionUsername((await manager.createApiToken('carol')).token)).toBe('carol');
  });

  it('R3 spares the session of whoever asks, and API tokens if that is asked for', async () => {
    const manager = await jwtManager();
    const admin = (await manager.createSession('admin'))!;
    await manager.createSession('alice');
    const { token } = await manager.createApiToken('carol');
    const options = { except: admin.sessionId, apiTokens: false };
    expect(await manager.invalidateEverySession(options)).toEqual({ sessions: 1, apiTokens: 0 });
    expect(await manager.sessionUsername(admin.accessToken)).toBe('admin');
    expect(await manager.sessionUsername(token)).toBe('carol');
    expect(await manager.invalidateEverySession({ except: admin.sessionId })).toEqual({
      sessions: 0,
      apiTokens: 1,
    });
  });

  it.each([[{ except: undefined }], [{ except: '' }], [{ apiTokens: 'no' }], [null]])(
    'refuses %j, and ends nothing',
    async (options) => {
      const manager = await jwtManager();
      await manager.createSession('alice');
      await expect(manager.invalidateEverySession(options as object)).rejects.toMatchObject(INVALID_INPUT);
      expect(await manager.nActiveSessions()).toBe(1);
    },
  );

  it('R2 refuses an API token whose making began before the end of all, however long the store takes', async () => {
    const manager = await jwtManager({
      effectivePermissions: async () => {
        await manager.invalidateEverySession();
        return ['read'];
      },
    });
    const making = manager.createApiToken('alice', { datasets: { scan: ['read'] } });
    expect(await rejectionOf(making)).toMatchObject({ code: 'ACCESS_TOKEN_NOT_FOUND' });
    expect(await manager.listApiTokens('alice')).toEqual([]);
  });
});

describe('a store that names sessions itself', () => {
  class Placing extends MemorySessionStore {
    constructor(override readonly newId: (username: string) => string) {
      super();
    }
  }

  it('is asked for the id, by the user', async () => {
    const store = new Placing((username) => username.padEnd(22, '-'));
    const manager = await opaqueManager({ store });
    expect((await manager.createSession('alice'))!.sessionId).toBe('alice-----------------');
  });

  it.each(['', 'short', 'A'.repeat(23), 'has a blank in its mid', 7])(
    'X5 an id that no token could name is a fault of the store: %p',
    async (id) => {
      const manager = await opaqueManager({ store: new Placing(() => id as string) });
      await expect(manager.createSession('alice')).rejects.toMatchObject({
        code: 'SESSION_STORE_UNAVAILABLE',
      });
      expect(await manager.nActiveSessions()).toBe(0);
    },
  );

  it.each([
    ['one', () => Promise.resolve('A'.repeat(22))],
    ['none', () => Promise.reject(new Error('asked too late'))],
  ])('X5 a promise of %s is no id, and nobody waits for it', async (_, later) => {
    const manager = await opaqueManager({ store: new Placing(later as unknown as () => string) });
    await expect(manager.createSession('alice')).rejects.toMatchObject({
      code: 'SESSION_STORE_UNAVAILABLE',
    });
    expect(await manager.nActiveSessions()).toBe(0);
  });
});

describe('a store that names API tokens itself', () => {
  class Placing extends MemoryApiTokenStore {
    constructor(override readonly newJti: (username: string) => string) {
      super();
    }
  }

  it.each([
    ['a text that is none', () => 'short'],
    ['a promise of one', () => Promise.resolve('A'.repeat(22))],
    ['a promise of none', () => Promise.reject(new Error('asked too late'))],
  ])('X5 %s is a fault of the store, and registers nothing', async (_, named) => {
    const apiTokenStore = new Placing(named as unknown as () => string);
    const manager = await jwtManager({ apiTokenStore });
    await expect(manager.createApiToken('alice')).rejects.toMatchObject({
      code: 'SESSION_STORE_UNAVAILABLE',
    });
    expect(await manager.listApiTokens('alice')).toEqual([]);
  });
});
