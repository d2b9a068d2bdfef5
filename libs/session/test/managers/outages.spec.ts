import { describe, expect, it } from '@jest/globals';
import { SigningKeysUnavailableError } from '../../src/core/errors.js';
import { POLICY_DEFAULTS } from '../../src/core/session-policy.js';
import { SessionManager } from '../../src/managers/session.manager.js';
import { MemorySessionStore } from '../../src/stores/memory/memory-session.store.js';
import { jwtManager, opaqueManager } from '../support/managers.js';
import { MemoryLogger } from '../support/memory-logger.js';
import { brokenStore } from '../support/stores.js';

const logger = new MemoryLogger();
const clock = () => Date.UTC(2026, 0, 21, 12);

const jwt = (options: object = {}) => jwtManager({ clock, ...options });
const opaque = (options: object = {}) => opaqueManager({ clock, ...options });

describe.each([
  ['token', opaque, false],
  ['jwt', jwt, true],
] as const)('under %s', (_name, make, renewsByRefreshToken) => {
  const renewalOf = (tokens: { accessToken: string; refreshToken?: string } | null) =>
    renewsByRefreshToken ? tokens!.refreshToken! : tokens!.accessToken;

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
    const log = new MemoryLogger();
    const manager = await make({ store, logger: log });
    const { accessToken } = (await manager.createSession('alice'))!;
    for (let request = 0; request < 50; request += 1) {
      await expect(manager.validateSession(accessToken)).rejects.toMatchObject({
        code: 'SESSION_STORE_UNAVAILABLE',
      });
    }
    const told = 'error The session store could not answer (access): Error: ECONNREFUSED 127.0.0.1:6379';
    expect(log.entries.filter((entry) => entry.includes('ECONNREFUSED'))).toEqual(Array(10).fill(told));
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
});
