import { describe, expect, it } from '@jest/globals';
import { SessionStoreUnavailableError } from '../../src/core/errors.js';
import type { JwtSessionManager } from '../../src/managers/jwt-session.manager.js';
import { MemorySessionStore } from '../../src/stores/memory/memory-session.store.js';
import { MemoryLogger } from '../support/memory-logger.js';
import { jwtManager, rejectionOf } from '../support/managers.js';

/** Shared with others by a server whose time is not known before it has answered once. */
class RemoteStore extends MemorySessionStore {
  override readonly shared = true as never;
  isKnown = false;
  override readonly clock = () => {
    if (this.isKnown) return Date.now();
    throw new SessionStoreUnavailableError('The time of the server is not known yet');
  };
}

const ID = 'A'.repeat(22);

/** Each method of a manager, so that none is forgotten. */
const METHODS: { [M in AsyncMethod]: (manager: JwtSessionManager, tokens: Tokens) => unknown } = {
  createSession: (manager) => manager.createSession('alice'),
  validateSession: (manager, { access }) => manager.validateSession(access),
  refreshSession: (manager, { refresh }) => manager.refreshSession(refresh),
  invalidateSession: (manager) => manager.invalidateSession({ sessionId: ID }),
  invalidateAllSessions: (manager) => manager.invalidateAllSessions('alice'),
  invalidateEverySession: (manager) => manager.invalidateEverySession(),
  updateSession: (manager) => manager.updateSession({ sessionId: ID }, { details: { label: 'x' } }),
  browseSessions: (manager) => manager.browseSessions(),
  cleanupExpiredSessions: (manager) => manager.cleanupExpiredSessions(),
  nActiveSessions: (manager) => manager.nActiveSessions(),
  hasLoggedUser: (manager) => manager.hasLoggedUser(),
  sessionUsername: (manager, { access }) => manager.sessionUsername(access),
  sessionToken: (manager) => manager.sessionToken('alice'),
  findSession: (manager) => manager.findSession(ID),
  listSessions: (manager) => manager.listSessions('alice'),
  createApiToken: (manager) => manager.createApiToken('alice'),
  invalidateApiToken: (manager) => manager.invalidateApiToken({ jti: ID }),
  listApiTokens: (manager) => manager.listApiTokens('alice'),
  browseApiTokens: (manager) => manager.browseApiTokens(),
};

type AsyncMethod = {
  [M in keyof JwtSessionManager]: JwtSessionManager[M] extends (...args: never[]) => Promise<unknown>
    ? M
    : never;
}[Exclude<keyof JwtSessionManager, 'close'>];

interface Tokens {
  readonly access: string;
  readonly refresh: string;
}

describe('while the time of a shared store is not known', () => {
  it.each(Object.keys(METHODS) as AsyncMethod[])(
    '%s is 503, and works as soon as it is known',
    async (method) => {
      const store = new RemoteStore();
      const manager = await jwtManager({ store, logger: new MemoryLogger() });
      store.isKnown = true;
      const { accessToken, refreshToken } = (await manager.createSession('alice'))!;
      const tokens = { access: accessToken, refresh: refreshToken! };
      store.isKnown = false;
      const asked = (async () => METHODS[method](manager, tokens))();
      expect(await rejectionOf(asked)).toBeInstanceOf(SessionStoreUnavailableError);
      store.isKnown = true;
      await METHODS[method](manager, tokens);
    },
  );
});
