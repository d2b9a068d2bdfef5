import { describe, expect, it } from '@jest/globals';
import { generateKeyPairSync } from 'node:crypto';
import { createSessionVerifier } from '../../src/compose/create-session-verifier.js';
import { SessionStoreUnavailableError } from '../../src/core/errors.js';
import type { SessionRecord } from '../../src/core/session.js';
import { TokenType } from '../../src/core/token-type.js';
import type { JwtSessionManager } from '../../src/managers/jwt-session.manager.js';
import type { SessionManager } from '../../src/managers/session.manager.js';
import { MemoryApiTokenStore } from '../../src/stores/memory/memory-api-token.store.js';
import { MemorySessionStore } from '../../src/stores/memory/memory-session.store.js';
import { manualClock } from '../../src/testing/index.js';
import { jwtManager, opaqueManager, rejectionOf } from '../support/managers.js';
import { MemoryLogger } from '../support/memory-logger.js';

/** What no verb of either port answers. */
const NO_ANSWERS: unknown[] = [
  null,
  true,
  'an answer\n',
  7,
  Number.NaN,
  -1,
  {},
  [],
  [null],
  () => undefined,
  Symbol('x'),
];
/** Tells nothing of itself, but that it is no promise. */
const UNREADABLE = new Proxy(
  {},
  {
    get: (_, member) => {
      if (member === 'then') return undefined;
      throw new TypeError('expected to be left alone');
    },
  },
);

interface World {
  readonly logger: MemoryLogger;
  readonly clock: ReturnType<typeof manualClock>;
  readonly store: MemorySessionStore;
  readonly apiTokenStore: MemoryApiTokenStore;
  readonly manager: SessionManager;
  readonly jwt: JwtSessionManager;
  /** Alice's session and Bob's. */
  readonly alice: Session;
  readonly bob: Session;
  readonly api: { token: string; jti: string };
  readonly bobsApi: { token: string; jti: string };
}

interface Session {
  readonly accessToken: string;
  readonly renewal: string;
  readonly sessionId: string;
  readonly record: SessionRecord;
}

async function worldOf(strategy: 'token' | 'jwt', options: object = {}): Promise<World> {
  const logger = new MemoryLogger();
  const clock = manualClock();
  const store = new MemorySessionStore();
  const apiTokenStore = new MemoryApiTokenStore();
  const given = { store, logger, clock, ...options };
  const jwt = await jwtManager({ ...given, apiTokenStore });
  const manager = strategy === 'jwt' ? jwt : await opaqueManager(given);
  const login = async (username: string): Promise<Session> => {
    const { accessToken, refreshToken, sessionId } = (await manager.createSession(username))!;
    const record = store.find(sessionId, clock())!;
    return { accessToken, renewal: refreshToken ?? accessToken, sessionId, record };
  };
  const alice = await login('alice');
  const bob = await login('bob');
  const [api, bobsApi] = [await jwt.createApiToken('alice'), await jwt.createApiToken('bob')];
  return { logger, clock, store, apiTokenStore, manager, jwt, alice, bob, api, bobsApi };
}

/** Lets one verb answer something else, at once or as a promise. */
function answering(store: object, verb: string, answer: unknown, later: boolean): void {
  Object.assign(store, { [verb]: () => (later ? Promise.resolve(answer) : answer) });
}

interface Question {
  readonly verb: string;
  readonly of: 'store' | 'apiTokenStore';
  readonly ask: (world: World) => Promise<unknown>;
  /** Answers to another question, or with less than the port promises. */
  readonly wrong: (world: World) => Record<string, unknown>;
}

const QUESTIONS: Record<string, Question> = {
  'a login': {
    verb: 'create',
    of: 'store',
    ask: ({ manager }) => manager.createSession('alice'),
    wrong: ({ bob }) => ({
      'existing, another user’s': { outcome: 'existing', record: bob.record },
      'existing, without a record': { outcome: 'existing' },
      'created, evicted unknown': { outcome: 'created' },
      'created, evicted without names': { outcome: 'created', evicted: [{ id: 'x' }] },
      'a limit without its scope': { outcome: 'limit-reached', active: 3 },
      'a limit that counts NaN': { outcome: 'limit-reached', scope: 'all', active: Number.NaN },
      'an outcome of rotate': { outcome: 'rotated', record: bob.record, evicted: [] },
    }),
  },
  'validation of an access token': {
    verb: 'access',
    of: 'store',
    ask: ({ manager, alice }) => manager.validateSession(alice.accessToken),
    wrong: ({ alice, bob }) => ({
      'another’s session': bob.record,
      'the same user’s other session': { ...alice.record, id: bob.sessionId },
      'a later generation': { ...alice.record, generation: 2 },
      'an earlier generation': { ...alice.record, generation: -1 },
      'nobody’s session': { ...alice.record, username: undefined },
      'a session without an end': { ...alice.record, expiresAt: undefined },
      'a session whose times are texts': { ...alice.record, activeUntil: '2030-01-01' },
      'a record that cannot be read': UNREADABLE,
      'a promise’s text': '[object Promise]',
    }),
  },
  'validation of a refresh token': {
    verb: 'find',
    of: 'store',
    ask: ({ manager, alice }) => manager.validateSession(alice.renewal, { accept: [TokenType.Refresh] }),
    wrong: ({ bob }) => ({ 'another’s session': bob.record }),
  },
  'the reading before a refresh': {
    verb: 'find',
    of: 'store',
    ask: ({ manager, alice }) => manager.refreshSession(alice.renewal),
    wrong: ({ alice, bob }) => ({
      'another’s session': bob.record,
      'a session without a generation': { ...alice.record, generation: undefined },
    }),
  },
  'a refresh': {
    verb: 'rotate',
    of: 'store',
    ask: ({ manager, alice }) => manager.refreshSession(alice.renewal),
    wrong: ({ alice, bob }) => ({
      'rotated, another’s': { outcome: 'rotated', record: { ...bob.record, generation: 1 }, evicted: [] },
      'rotated, renamed': {
        outcome: 'rotated',
        record: { ...alice.record, username: 'bob', generation: 1 },
        evicted: [],
      },
      'rotated, not at all': { outcome: 'rotated', record: alice.record, evicted: [] },
      'rotated, too far': { outcome: 'rotated', record: { ...alice.record, generation: 2 }, evicted: [] },
      'rotated, evicted unknown': { outcome: 'rotated', record: { ...alice.record, generation: 1 } },
      'stale, another’s': { outcome: 'stale', record: { ...bob.record, generation: 1 } },
      'stale, though it is not': { outcome: 'stale', record: alice.record },
      'an outcome of create': { outcome: 'existing', record: alice.record },
      'no outcome': { outcome: 'done' },
      'a limit without a count': { outcome: 'limit-reached', scope: 'all' },
    }),
  },
  'a logout': {
    verb: 'revoke',
    of: 'store',
    ask: ({ manager, alice }) => manager.invalidateSession(alice.accessToken),
    wrong: ({ bob }) => ({ 'another’s session': bob.record }),
  },
  'the end of a user’s session': {
    verb: 'revoke',
    of: 'store',
    ask: ({ manager, alice: { sessionId } }) =>
      manager.invalidateSession({ sessionId }, { username: 'alice' }),
    wrong: ({ alice }) => ({ 'that session, another’s meanwhile': { ...alice.record, username: 'bob' } }),
  },
  'the end of all sessions but one': {
    verb: 'revokeByUser',
    of: 'store',
    ask: ({ manager, alice }) => manager.invalidateAllSessions('alice', { except: alice.sessionId }),
    wrong: ({ alice }) => ({
      'the one to be spared': [alice.sessionId],
      numbers: [1, 2],
      'a number of sessions': 2,
    }),
  },
  'a list of sessions': {
    verb: 'listByUser',
    of: 'store',
    ask: ({ manager }) => manager.listSessions('alice'),
    wrong: ({ alice, bob }) => ({
      'another’s among them': [alice.record, bob.record],
      ids: [alice.sessionId],
    }),
  },
  'the user’s oldest session': {
    verb: 'listByUser',
    of: 'store',
    ask: ({ manager }) => manager.sessionToken('alice'),
    wrong: ({ bob }) => ({ 'another’s': [bob.record] }),
  },
  'the renaming of a user’s session': {
    verb: 'amend',
    of: 'store',
    ask: ({ manager, alice: { sessionId } }) =>
      manager.updateSession({ sessionId }, { details: { label: 'phone' } }, { username: 'alice' }),
    wrong: ({ alice, bob }) => ({
      'amended, another’s': { outcome: 'amended', record: bob.record },
      'amended, another’s meanwhile': { outcome: 'amended', record: { ...alice.record, username: 'bob' } },
      'amended, without a record': { outcome: 'amended' },
      'an outcome of rotate': { outcome: 'stale', record: alice.record },
    }),
  },
  'the end of everybody’s sessions': {
    verb: 'revokeAll',
    of: 'store',
    ask: ({ manager }) => manager.invalidateEverySession(),
    wrong: () => ({ 'a part of one': 0.5, 'less than none': -1, names: ['x'] }),
  },
  'a page of sessions': {
    verb: 'browse',
    of: 'store',
    ask: ({ manager }) => manager.browseSessions({ limit: 2 }),
    wrong: ({ alice, bob }) => ({
      'one of them twice': { records: [alice.record, alice.record] },
      'more than were asked for': { records: [alice.record, bob.record, { ...bob.record, id: 'x' }] },
      'a session without a user': { records: [{ ...bob.record, username: undefined }] },
      'ids alone': { records: [alice.sessionId] },
      'a next that is a number': { records: [], next: 2 },
      'no records': { next: 'a' },
      'a list': [alice.record],
    }),
  },
  'a page of API tokens': {
    verb: 'browse',
    of: 'apiTokenStore',
    ask: ({ jwt }) => jwt.browseApiTokens({ limit: 1 }),
    wrong: ({ api, bobsApi, apiTokenStore }) => ({
      'more than were asked for': { records: [apiTokenStore.find(api.jti), apiTokenStore.find(bobsApi.jti)] },
      'a token without an end': { records: [{ ...apiTokenStore.find(api.jti)!, expiresAt: undefined }] },
      'an empty next': { records: [], next: '' },
    }),
  },
  'the end of everybody’s API tokens': {
    verb: 'revokeAll',
    of: 'apiTokenStore',
    ask: ({ jwt }) => jwt.invalidateEverySession(),
    wrong: () => ({ 'a part of one': 0.5, names: ['x'] }),
  },
  'a count': {
    verb: 'count',
    of: 'store',
    ask: ({ manager }) => manager.nActiveSessions(),
    wrong: () => ({ 'a part of one': 0.5, 'a text': '3', infinite: Infinity }),
  },
  'a sweep': {
    verb: 'sweepExpired',
    of: 'store',
    ask: ({ manager }) => manager.cleanupExpiredSessions(),
    wrong: () => ({
      'less than none': { removed: -1, more: true },
      'not a number': { removed: Number.NaN, more: true },
      'no end': { removed: 1, more: 'yes' },
      'more, for ever': { removed: 0, more: true },
    }),
  },
  'the making of an API token': {
    verb: 'put',
    of: 'apiTokenStore',
    ask: ({ jwt }) => jwt.createApiToken('alice'),
    wrong: () => ({ nothing: undefined, 'a text': 'OK' }),
  },
  'validation of an API token': {
    verb: 'access',
    of: 'apiTokenStore',
    ask: ({ jwt, api }) => jwt.validateSession(api.token),
    wrong: ({ api, bobsApi, apiTokenStore }) => ({
      'another token': apiTokenStore.find(bobsApi.jti),
      'another’s token': { ...apiTokenStore.find(api.jti)!, username: 'bob' },
      'a token without an end': { ...apiTokenStore.find(api.jti)!, expiresAt: undefined },
    }),
  },
  'the end of an API token': {
    verb: 'revoke',
    of: 'apiTokenStore',
    ask: ({ jwt, api: { jti } }) => jwt.invalidateApiToken({ jti }, { username: 'alice' }),
    wrong: ({ api, bobsApi, apiTokenStore }) => ({
      'another token': apiTokenStore.find(bobsApi.jti),
      'another’s token': { ...apiTokenStore.find(api.jti)!, username: 'bob' },
      'nobody’s token': { ...apiTokenStore.find(api.jti)!, username: undefined },
    }),
  },
  'the end of all API tokens': {
    verb: 'revokeByUser',
    of: 'apiTokenStore',
    ask: ({ jwt }) => jwt.invalidateAllSessions('alice'),
    wrong: () => ({ 'a number of tokens': 1, 'nameless ones': [''] }),
  },
  'a list of API tokens': {
    verb: 'listByUser',
    of: 'apiTokenStore',
    ask: ({ jwt }) => jwt.listApiTokens('alice'),
    wrong: ({ api, bobsApi, apiTokenStore }) => ({
      'another’s among them': [apiTokenStore.find(api.jti), apiTokenStore.find(bobsApi.jti)],
      jtis: [api.jti],
    }),
  },
  'a sweep of API tokens': {
    verb: 'sweepExpired',
    of: 'apiTokenStore',
    ask: ({ jwt }) => jwt.cleanupExpiredSessions(),
    wrong: () => ({ 'less than none': { removed: -1, more: true } }),
  },
};

/** Of these, some are answers of this verb after all. */
const isAnswer = (verb: string, answer: unknown): boolean =>
  (verb === 'put' && typeof answer === 'boolean') ||
  (['count', 'revokeAll'].includes(verb) && answer === 7) ||
  (['listByUser', 'revokeByUser'].includes(verb) && Array.isArray(answer) && answer.length === 0);

describe('X5 an answer of a store to another question is a fault of the store, and believed by nobody', () => {
  describe.each(['at once', 'later'] as const)('answered %s', (when) => {
    it.each(Object.keys(QUESTIONS))('%s', async (name) => {
      const { verb, of, ask, wrong } = QUESTIONS[name]!;
      const named = wrong(await worldOf('jwt'));
      const cases = [...Object.keys(named), ...NO_ANSWERS.filter((answer) => !isAnswer(verb, answer))];
      for (const each of cases) {
        const world = await worldOf('jwt');
        const answer = typeof each === 'string' && each in named ? wrong(world)[each] : each;
        answering(world[of], verb, answer, when === 'later');
        world.logger.entries.length = 0;
        const error = await rejectionOf(ask(world));
        expect([each, error]).toEqual([each, expect.any(SessionStoreUnavailableError)]);
        const line = `error The session store did not answer what it was asked (${verb}): TypeError: expected `;
        expect(world.logger.entries).toEqual([expect.stringContaining(line)]);
        expect(world.logger.entries.join()).not.toMatch(/bob|an answer|\n/);
      }
    });
  });

  it('under opaque tokens too, where no claim of the token could tell', async () => {
    const { store, bob, alice, manager } = await worldOf('token');
    for (const [verb, answer] of [
      ['access', bob.record],
      ['find', bob.record],
      ['rotate', { outcome: 'rotated', record: { ...bob.record, generation: 1 }, evicted: [] }],
      ['create', { outcome: 'existing', record: bob.record }],
    ] as const) {
      const real = Reflect.get(store, verb);
      answering(store, verb, answer, false);
      const asked =
        verb === 'access'
          ? manager.validateSession(alice.accessToken)
          : verb === 'create'
            ? manager.createSession('alice')
            : manager.refreshSession(alice.renewal);
      expect(await rejectionOf(asked)).toBeInstanceOf(SessionStoreUnavailableError);
      Object.assign(store, { [verb]: real });
    }
    expect(await manager.sessionUsername(alice.accessToken)).toBe('alice');
  });

  it('for a verifier as well', async () => {
    const { privateKey } = generateKeyPairSync('ed25519');
    const world = await worldOf('jwt', { signing: { algorithm: 'EdDSA', privateKey } });
    const { store, apiTokenStore, clock, logger, alice, bob, api, bobsApi } = world;
    const verifier = createSessionVerifier({
      jwks: world.jwt.keys.publicKeys(),
      ...{ issuer: 'plantdb-api', audience: 'plantdb-client' },
      ...{ store, apiTokenStore, clock, logger },
    });
    expect(await verifier.sessionUsername(alice.accessToken)).toBe('alice');
    expect(await verifier.sessionUsername(api.token)).toBe('alice');
    const another = apiTokenStore.find(bobsApi.jti);
    for (const answer of [bob.record, null, 'alice', 7]) {
      answering(store, 'access', answer, false);
      expect(await rejectionOf(verifier.validateSession(alice.accessToken))).toBeInstanceOf(
        SessionStoreUnavailableError,
      );
    }
    for (const answer of [another, null, 'alice', 7]) {
      answering(apiTokenStore, 'access', answer, true);
      expect(await rejectionOf(verifier.validateSession(api.token))).toBeInstanceOf(
        SessionStoreUnavailableError,
      );
    }
    expect(logger.entries.filter((entry) => entry.startsWith('error'))).toHaveLength(8);
  });

  it('but a token that names another user than its session is a matter of the token: 401', async () => {
    const { store, manager, alice } = await worldOf('jwt');
    answering(store, 'access', { ...alice.record, username: 'bob' }, false);
    expect(await rejectionOf(manager.validateSession(alice.accessToken))).toMatchObject({
      code: 'INVALID_TOKEN',
    });
  });

  it.each([null, 'gone', 'constructor', 7, {}])(
    'and a reason that is none, %p, leaves the refusal as it is, and is logged',
    async (answer) => {
      const { store, manager, alice, logger } = await worldOf('jwt');
      await manager.invalidateSession(alice.accessToken);
      answering(store, 'absence', answer, false);
      expect(await rejectionOf(manager.validateSession(alice.accessToken))).toMatchObject({
        code: 'ACCESS_TOKEN_NOT_FOUND',
        reason: 'unknown',
      });
      expect(logger.entries).toEqual([
        expect.stringContaining('error The session store did not answer what it was asked (absence)'),
      ]);
    },
  );

  it('and a driver whose replies have crossed fills no log', async () => {
    const { store, manager, alice, bob, logger } = await worldOf('jwt');
    answering(store, 'access', bob.record, false);
    for (let times = 0; times < 100; times += 1)
      await rejectionOf(manager.validateSession(alice.accessToken));
    expect(logger.entries.length).toBeLessThan(50);
  });
});
