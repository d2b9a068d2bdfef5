import { beforeEach, describe, expect, it } from '@jest/globals';
import { createSessionVerifier } from '../../src/compose/create-session-verifier.js';
import type { SessionValidator } from '../../src/core/session-validator.js';
import type { JwtSessionManager } from '../../src/managers/jwt-session.manager.js';
import { SessionManager, type SessionManagerParts } from '../../src/managers/session.manager.js';
import { MemoryApiTokenStore } from '../../src/stores/memory/memory-api-token.store.js';
import { MemorySessionStore } from '../../src/stores/memory/memory-session.store.js';
import { keyPair } from '../support/key-pairs.js';
import { jwtManager, rejectionOf } from '../support/managers.js';
import { MemoryLogger } from '../support/memory-logger.js';

const parties = { issuer: 'us', audience: 'them' };

let store: MemorySessionStore;
let apiTokenStore: MemoryApiTokenStore;
let manager: JwtSessionManager;
let token: Record<'access' | 'api', string>;

beforeEach(async () => {
  store = new MemorySessionStore();
  apiTokenStore = new MemoryApiTokenStore();
  const signing = { algorithm: 'EdDSA', privateKey: keyPair('EdDSA').privateKey } as const;
  manager = await jwtManager({ signing, store, apiTokenStore, ...parties });
  token = {
    access: (await manager.createSession('alice'))!.accessToken,
    api: (await manager.createApiToken('alice')).token,
  };
});

function verifier(): SessionValidator {
  const jwks = manager.keys.publicKeys();
  return createSessionVerifier({ jwks, store, apiTokenStore, ...parties, logger: new MemoryLogger() });
}

/** Lets both stores answer later. */
function answerLater(): void {
  for (const each of [store, apiTokenStore]) {
    const access = each.access.bind(each) as (...asked: unknown[]) => unknown;
    each.access = (async (...asked: unknown[]) => access(...asked)) as never;
  }
}

describe.each([
  ['a manager', () => manager as SessionValidator],
  ['a verifier', verifier],
])('%s', (_, validator) => {
  it.each(['access', 'api'] as const)(
    'has an %s token validated without a turn of the queue',
    async (type) => {
      const asked = validator();
      let username: string | undefined;
      void asked.validateSession(token[type]).then((info) => (username = info.username));
      await undefined;
      expect(username).toBe('alice');
    },
  );

  it.each(['access', 'api'] as const)(
    'says the same of an %s token if the store answers later',
    async (type) => {
      const asked = validator();
      const { lastAccessed: _at, ...info } = await asked.validateSession(token[type]);
      answerLater();
      expect(await asked.validateSession(token[type])).toMatchObject(info);
      await manager.invalidateAllSessions('alice');
      expect(await rejectionOf(asked.validateSession(token[type]))).toMatchObject({
        code: 'ACCESS_TOKEN_NOT_FOUND',
      });
    },
  );
});

it('a manager that has no API tokens refuses one, be it genuine', async () => {
  const parts = Reflect.get(manager, 'parts') as SessionManagerParts;
  const without = new SessionManager({ ...parts, apiTokens: undefined });
  expect(await without.sessionUsername(token.access)).toBe('alice');
  expect(await rejectionOf(without.validateSession(token.api))).toMatchObject({
    code: 'ACCESS_TOKEN_NOT_FOUND',
  });
});
