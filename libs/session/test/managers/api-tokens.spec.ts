import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { EffectivePermissions } from '../../src/core/effective-permissions.js';
import { AccessTokenNotFoundError } from '../../src/core/errors.js';
import type { JwtSessionManager } from '../../src/managers/jwt-session.manager.js';
import { MemoryApiTokenStore } from '../../src/stores/memory/memory-api-token.store.js';
import { MemorySessionStore } from '../../src/stores/memory/memory-session.store.js';
import { jwtManager, opaqueManager, rejectionOf } from '../support/managers.js';

const ALL_DOWN = () => Promise.reject(new Error('connect ECONNREFUSED'));
const UNREAD = (): never => {
  throw new Error('a store was read');
};

/** Makes API tokens, each with a longer name of a dataset than the one before, until one is refused. */
async function lengthened(manager: JwtSessionManager): Promise<{ tokens: string[]; refusal: unknown }> {
  const names = Array.from({ length: 44 }, (_, at) => `${at}-`.padEnd(130, 'x'));
  const tokens: string[] = [];
  for (let length = 1; ; length++) {
    const datasets = Object.fromEntries([...names, 'y'.repeat(length)].map((name) => [name, []]));
    try {
      tokens.push((await manager.createApiToken('alice', { datasets })).token);
    } catch (refusal) {
      return { tokens, refusal };
    }
  }
}

const tooLong = (length: number) =>
  `datasets: expected to fit into a token of 8192 characters, got ${length}`;

describe('A wrapped API token', () => {
  it('and its plain form are one token: one jti, one list entry, one revocation', async () => {
    const apiTokenStore = new MemoryApiTokenStore();
    const wrapping = await jwtManager({ apiTokenStore, wrapApiTokens: true });
    const plain = await jwtManager({ apiTokenStore });
    const { token, jti } = await wrapping.createApiToken('alice', { label: 'ci' });
    const jwt = token.slice('nsm_'.length, -7);
    for (const manager of [wrapping, plain]) {
      for (const form of [token, jwt]) {
        expect(await manager.validateSession(form)).toMatchObject({ jti, username: 'alice', type: 'api' });
      }
      expect(await manager.listApiTokens('alice')).toMatchObject([{ jti, label: 'ci' }]);
    }
    expect(await plain.invalidateApiToken(token)).toBe(true);
    expect(await wrapping.invalidateApiToken(jwt)).toBe(false);
    for (const form of [token, jwt]) expect(await wrapping.sessionUsername(form)).toBeNull();
  });

  it('D2 that is mistyped is INVALID_TOKEN, and no store is read for it', async () => {
    const apiTokenStore = new MemoryApiTokenStore();
    const store = new MemorySessionStore();
    const manager = await jwtManager({ apiTokenStore, store, wrapApiTokens: true });
    const { token } = await manager.createApiToken('alice');
    apiTokenStore.access = UNREAD;
    store.access = UNREAD;
    store.find = UNREAD;
    const mistyped = token.slice(0, -1) + (token.endsWith('a') ? 'b' : 'a');
    expect(await rejectionOf(manager.validateSession(mistyped))).toMatchObject({ code: 'INVALID_TOKEN' });
    expect(await rejectionOf(manager.refreshSession(mistyped))).toMatchObject({ code: 'INVALID_TOKEN' });
    expect(await manager.invalidateApiToken(mistyped)).toBe(false);
  });

  it('over 8 KiB with its wrapper is refused at its making, though it would just fit without', async () => {
    const wrapping = await jwtManager({ wrapApiTokens: true });
    const { tokens, refusal } = await lengthened(wrapping);
    expect(refusal).toMatchObject({ code: 'INVALID_INPUT', message: tooLong(8193) });
    expect((await lengthened(await jwtManager())).tokens.length).toBeGreaterThan(tokens.length);
    expect(await wrapping.listApiTokens('alice')).toHaveLength(tokens.length);
  });
});

describe('An API token', () => {
  it('of exactly 8,192 characters is made and opens, and no longer one is made', async () => {
    const manager = await jwtManager();
    const { tokens, refusal } = await lengthened(manager);
    expect(tokens.at(-1)).toHaveLength(8192);
    expect(await manager.sessionUsername(tokens.at(-1))).toBe('alice');
    // Base64url has no lengths of 4n + 1: that one character too many is refused as well, wrapped tokens show.
    expect(refusal).toMatchObject({ code: 'INVALID_INPUT', message: tooLong(8194) });
    expect(await manager.listApiTokens('alice')).toHaveLength(tokens.length);
  });

  it('tells its label where it has one, so that a route or a log can say which one came', async () => {
    const manager = await jwtManager();
    const named = await manager.createApiToken('alice', { label: 'nightly import' });
    const nameless = await manager.createApiToken('alice');
    expect(await manager.validateSession(named.token)).toMatchObject({ label: 'nightly import' });
    expect(await manager.validateSession(nameless.token)).not.toHaveProperty('label');
  });

  it('is no credential for a refresh, in either form: no session comes of it', async () => {
    for (const wrapApiTokens of [false, true]) {
      const manager = await jwtManager({ wrapApiTokens });
      const { token } = await manager.createApiToken('alice');
      expect(await rejectionOf(manager.refreshSession(token))).toMatchObject({ code: 'WRONG_TOKEN_TYPE' });
      expect(await manager.listSessions('alice')).toEqual([]);
      expect(await manager.hasLoggedUser()).toBe(false);
    }
  });
});

describe('With effectivePermissions, createApiToken', () => {
  const rights: EffectivePermissions = (username, dataset) =>
    username === 'alice' && dataset === 'maize' ? ['read', 'write'] : [];

  it('grants what the owner has now', async () => {
    const manager = await jwtManager({ effectivePermissions: rights });
    for (const datasets of [{ maize: ['read'] }, { maize: ['Write', 'READ'] }, { wheat: [] }, {}]) {
      const { token } = await manager.createApiToken('alice', { datasets: datasets as never });
      expect(await manager.sessionUsername(token)).toBe('alice');
    }
  });

  it('refuses what the owner lacks, names it, and stores nothing', async () => {
    const manager = await jwtManager({ effectivePermissions: rights });
    const refusals = [
      ['alice', { maize: ['read', 'delete'] }, '"delete" on "maize"'],
      ['alice', { maize: ['read'], wheat: ['read'] }, '"read" on "wheat"'],
      ['nobody', { maize: ['read'] }, '"read" on "maize"'],
      ['alice', { 'a\u202eb': ['read'] }, '"read" on "a\\u{202e}b"'],
    ] as const;
    for (const [username, datasets, named] of refusals) {
      const error = await rejectionOf(manager.createApiToken(username, { datasets: datasets }));
      expect(error).toMatchObject({
        code: 'INVALID_INPUT',
        message: `datasets: expected rights that the owner has, got ${named}`,
      });
      expect(await manager.listApiTokens(username)).toEqual([]);
    }
  });

  it('takes no datasets for whatever the owner may do, which the guard holds it to', async () => {
    const manager = await jwtManager({ effectivePermissions: ALL_DOWN });
    const { token } = await manager.createApiToken('nobody');
    expect(await manager.validateSession(token)).not.toHaveProperty('datasets');
  });

  it('rejects with 503 when nothing is known of the rights, and stores nothing', async () => {
    const broken: unknown[] = [
      ALL_DOWN,
      () => {
        throw new TypeError('x is not a function');
      },
      () => undefined,
      () => null,
      () => 'read',
      () => new Set(['read']),
      () => Promise.resolve({ includes: () => true }),
    ];
    for (const effectivePermissions of broken) {
      const manager = await jwtManager({ effectivePermissions });
      const error = await rejectionOf(manager.createApiToken('alice', { datasets: { maize: ['read'] } }));
      expect(error).toMatchObject({ code: 'SESSION_STORE_UNAVAILABLE', cause: expect.any(Error) });
      expect(await manager.listApiTokens('alice')).toEqual([]);
    }
  });

  it('lets an error of this library pass as it is', async () => {
    const own = new AccessTokenNotFoundError('This user was disabled');
    const manager = await jwtManager({ effectivePermissions: () => Promise.reject(own) });
    expect(await rejectionOf(manager.createApiToken('alice', { datasets: { maize: ['read'] } }))).toBe(own);
  });

  it('asks for no rights that could not be granted anyway', async () => {
    const effectivePermissions = jest.fn(rights);
    const manager = await jwtManager({ effectivePermissions });
    const many = Object.fromEntries(Array.from({ length: 2000 }, (_, at) => [`dataset-${at}`, ['read']]));
    for (const options of [
      { datasets: many },
      { datasets: { 'a/b': ['read'] } },
      { datasets: { maize: ['read'] }, expiration: -1 },
      { datasets: { maize: ['read'] }, label: '' },
    ]) {
      await rejectionOf(manager.createApiToken('alice', options as never));
    }
    expect(effectivePermissions).not.toHaveBeenCalled();
  });
});

describe('API tokens', () => {
  const START = Date.UTC(2026, 0, 21, 12, 0, 0, 250);
  let now = START;
  const advance = (seconds: number) => (now += seconds * 1000);
  const jwt = (options: object = {}) => jwtManager({ clock: () => now, ...options });

  beforeEach(() => {
    now = START;
  });

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
    await expect(manager.createApiToken('alice', { expiration: expiration as never })).rejects.toMatchObject({
      code: 'INVALID_EXPIRATION',
    });
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

describe('under token', () => {
  it('API tokens are not part of it, and each of their methods names the strategy that has them', async () => {
    const manager = await opaqueManager();
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
