import { beforeEach, describe, expect, it } from '@jest/globals';
import { TokenType } from '../../src/core/token-type.js';
import type { JwtSessionManager } from '../../src/managers/jwt-session.manager.js';
import { NoAuthSessionManager } from '../../src/managers/no-auth-session.manager.js';
import { SessionVerifier } from '../../src/managers/session-verifier.js';
import { MemoryApiTokenStore } from '../../src/stores/memory/memory-api-token.store.js';
import { manualClock } from '../../src/testing/index.js';
import { jwtManager, opaqueManager, rejectionOf } from '../support/managers.js';
import { MemoryLogger } from '../support/memory-logger.js';

/** What an empty variable, a body or a mistake may put where a name belongs. */
const NO_NAMES = [undefined, null, 42, true, '', 'a\nb', 'x'.repeat(257), [], ['alice'], {}];
/** What may come in the place of options as a whole. */
const NO_OPTIONS = [null, 'alice', 42, true];

let manager: JwtSessionManager;
let session: { accessToken: string; sessionId: string };
let api: { token: string; jti: string };

beforeEach(async () => {
  manager = await jwtManager({ clock: manualClock() });
  session = (await manager.createSession('alice'))!;
  api = await manager.createApiToken('alice');
});

const targetsOfSession = () => [
  session.accessToken,
  { sessionId: session.sessionId },
  { jti: `${session.sessionId}.a0` },
];
const targetsOfToken = () => [api.token, { jti: api.jti }];

describe('A username that is given and is none matches nobody', () => {
  it.each([...NO_NAMES.map((username) => ({ username })), ...NO_OPTIONS])(
    'neither a session nor an API token ends by %p',
    async (options) => {
      for (const target of targetsOfSession()) {
        expect(await manager.invalidateSession(target, options as never)).toEqual({
          invalidated: false,
          username: null,
        });
      }
      for (const target of targetsOfToken()) {
        expect(await manager.invalidateApiToken(target, options as never)).toBe(false);
      }
      expect(await manager.sessionUsername(session.accessToken)).toBe('alice');
      expect(await manager.sessionUsername(api.token)).toBe('alice');
    },
  );

  it('nor does an opaque one', async () => {
    const opaque = await opaqueManager();
    const { accessToken } = (await opaque.createSession('alice'))!;
    expect((await opaque.invalidateSession(accessToken, { username: undefined })).invalidated).toBe(false);
    expect(await opaque.sessionUsername(accessToken)).toBe('alice');
  });

  it('be it inherited, as that of a class with a getter', async () => {
    class Request {
      constructor(readonly user?: string) {}
      get username() {
        return this.user;
      }
    }
    expect((await manager.invalidateSession(session.accessToken, new Request())).invalidated).toBe(false);
    expect(await manager.invalidateApiToken(api.token, new Request())).toBe(false);
    expect(await manager.invalidateApiToken(api.token, new Request('alice'))).toBe(true);
    expect((await manager.invalidateSession(session.accessToken, new Request('alice'))).invalidated).toBe(
      true,
    );
  });

  it('and one that is left out is whoever’s', async () => {
    for (const options of [{}, undefined]) {
      const { accessToken } = (await manager.createSession('alice'))!;
      const { token } = await manager.createApiToken('alice');
      expect((await manager.invalidateSession(accessToken, options)).invalidated).toBe(true);
      expect(await manager.invalidateApiToken(token, options)).toBe(true);
    }
  });

  it('in a store of API tokens as well, whose record has an owner or none', () => {
    const store = new MemoryApiTokenStore();
    store.put({ jti: 'owned', username: 'alice', expiresAt: 9000 }, 0);
    store.put({ jti: 'ownerless', expiresAt: 9000 }, 0);
    for (const jti of ['owned', 'ownerless']) {
      for (const username of [undefined, null, '']) {
        expect(store.revoke(jti, { username } as never, 0)).toBeUndefined();
      }
      expect(store.revoke(jti, {}, 0)).toMatchObject({ jti });
    }
  });
});

describe('The end of all sessions', () => {
  it.each([undefined, null, 42, '', 'a\nb', {}])(
    'with an except of %p ends nothing, and says so',
    async (except) => {
      const error = await rejectionOf(manager.invalidateAllSessions('alice', { except } as never));
      expect(error).toMatchObject({
        code: 'INVALID_INPUT',
        message: expect.stringMatching(
          /^except: expected the id of a session, got .+; leave it out to spare none$/,
        ),
      });
      expect(await manager.sessionUsername(session.accessToken)).toBe('alice');
      expect(await manager.sessionUsername(api.token)).toBe('alice');
    },
  );

  it.each([null, 'false', 0])('with apiTokens of %p ends nothing, and says so', async (apiTokens) => {
    const error = await rejectionOf(manager.invalidateAllSessions('alice', { apiTokens } as never));
    expect(error).toMatchObject({ code: 'INVALID_INPUT', message: expect.stringContaining('apiTokens: ') });
    expect(await manager.sessionUsername(session.accessToken)).toBe('alice');
  });

  it.each(NO_OPTIONS)('with options of %p ends nothing, and says so', async (options) => {
    const error = await rejectionOf(manager.invalidateAllSessions('alice', options as never));
    expect(error).toMatchObject({ code: 'INVALID_INPUT', message: expect.stringContaining('options: ') });
    expect(await manager.sessionUsername(session.accessToken)).toBe('alice');
  });

  it('is checked alike under no-auth', async () => {
    const open = new NoAuthSessionManager();
    expect(await rejectionOf(open.invalidateAllSessions('admin', { except: undefined }))).toMatchObject({
      code: 'INVALID_INPUT',
    });
  });
});

describe('Accepted types', () => {
  const refusal = (accept: unknown) =>
    rejectionOf(manager.validateSession(session.accessToken, { accept: accept as never }));

  it('that are no list accept nothing, a text of their names neither', async () => {
    for (const accept of [null, 'access', 'access,api', {}, 42, new Set(['access'])]) {
      expect(await refusal(accept)).toMatchObject({ code: 'WRONG_TOKEN_TYPE' });
    }
  });

  it('of an empty list, or of names that are none, accept nothing', async () => {
    for (const accept of [[], ['Access'], [undefined]]) {
      expect(await refusal(accept)).toMatchObject({ code: 'WRONG_TOKEN_TYPE' });
    }
    expect((await refusal([])).message).toBe('Expected a token of type none, got access');
  });

  it('given as undefined are access and api, never refresh', async () => {
    const refresh = (await manager.createSession('alice'))!.refreshToken!;
    for (const token of [session.accessToken, api.token]) {
      expect((await manager.validateSession(token, { accept: undefined })).username).toBe('alice');
    }
    expect(await rejectionOf(manager.validateSession(refresh, { accept: undefined }))).toMatchObject({
      code: 'WRONG_TOKEN_TYPE',
    });
  });

  it('of a verifier are never more than it was made for', async () => {
    const { codec } = (manager as unknown as { parts: { codec: { read(token: string): never } } }).parts;
    const reader = { prepare: () => undefined, read: (token: string) => codec.read(token) };
    const verifier = new SessionVerifier({
      reader,
      leeway: 0,
      accept: [TokenType.Access],
      logger: new MemoryLogger(),
      clock: manualClock(),
    });
    expect((await verifier.validateSession(session.accessToken)).username).toBe('alice');
    for (const [token, accept] of [
      [api.token, [TokenType.Api]],
      [session.accessToken, null],
      [session.accessToken, 'access'],
    ] as const) {
      const error = await rejectionOf(verifier.validateSession(token, { accept: accept as never }));
      expect(error).toMatchObject({ code: 'WRONG_TOKEN_TYPE' });
    }
  });
});

describe('An API token', () => {
  it.each(NO_OPTIONS)(
    'is not made with options of %p, which would be an unrestricted one',
    async (options) => {
      expect(await rejectionOf(manager.createApiToken('alice', options as never))).toMatchObject({
        code: 'INVALID_INPUT',
        message: expect.stringContaining('options: expected an object'),
      });
      expect(await manager.listApiTokens('alice')).toHaveLength(1);
    },
  );

  it.each(['dataset', 'Datasets', 'data_sets', 'labels', 'expirations'])(
    'is not made with the mistyped option %s, which would leave its restriction out',
    async (name) => {
      expect(await rejectionOf(manager.createApiToken('alice', { [name]: {} }))).toMatchObject({
        code: 'INVALID_INPUT',
        message: expect.stringContaining('did you mean'),
      });
      expect(await manager.listApiTokens('alice')).toHaveLength(1);
    },
  );

  it.each([null, '', 'maize', 42, []])('is not made with datasets of %p', async (datasets) => {
    expect(await rejectionOf(manager.createApiToken('alice', { datasets } as never))).toMatchObject({
      code: 'INVALID_INPUT',
    });
  });

  it('whose members are undefined is made as if they were left out', async () => {
    const given = { expiration: undefined, datasets: undefined, label: undefined };
    const { token, expiresAt } = await manager.createApiToken('alice', given);
    expect(await manager.validateSession(token)).not.toHaveProperty('datasets');
    expect(expiresAt).toEqual((await manager.validateSession(api.token)).expiresAt);
  });
});
