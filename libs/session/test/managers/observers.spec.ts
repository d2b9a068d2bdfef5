import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { createSessionManager } from '../../src/compose/create-session-manager.js';
import { createSessionVerifier } from '../../src/compose/create-session-verifier.js';
import type { ApiTokenStore } from '../../src/core/api-token-store.js';
import type { SessionStore } from '../../src/core/session-store.js';
import { MemoryApiTokenStore } from '../../src/stores/memory/memory-api-token.store.js';
import { MemorySessionStore } from '../../src/stores/memory/memory-session.store.js';
import { FileApiTokenStore } from '../../src/stores/file/file-api-token.store.js';
import { BROKEN_LOGGERS } from '../support/broken-loggers.js';
import { listen } from '../support/json-server.js';
import { keyPair } from '../support/key-pairs.js';
import { jwtManager, opaqueManager } from '../support/managers.js';
import { signedBy, START, TokenFolder } from '../stores/token-folder.js';

afterEach(() => {
  jest.restoreAllMocks();
});

/** Lets every promise that is already settled call back; Jest fails the test for a rejection that nobody handles. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

describe.each(BROKEN_LOGGERS)('L4 with a logger that %s', (_, logger) => {
  afterEach(settled);

  it.each(['token', 'single', 'jwt', 'no-auth'] as const)('%p boots, and warns in vain', async (strategy) => {
    await expect(createSessionManager({ strategy, logger })).resolves.toBeDefined();
  });

  it('a manager boots although its store of API tokens is unavailable', async () => {
    const apiTokenStore = new MemoryApiTokenStore();
    apiTokenStore.ping = () => {
      throw new Error('read-only');
    };
    const manager = await jwtManager({ logger, apiTokenStore });
    expect(await manager.createSession('alice')).not.toBeNull();
  });

  it.each([
    [
      'throws',
      () => {
        throw new Error('broken');
      },
    ],
    ['rejects', () => Promise.reject(new Error('broken'))],
  ])('a login whose listener %s succeeds', async (_how, listener) => {
    const manager = await opaqueManager({ logger });
    manager.events.subscribe(listener);
    const tokens = await manager.createSession('alice');
    expect(await manager.sessionUsername(tokens?.accessToken)).toBe('alice');
  });

  it('a login at the limit is null', async () => {
    const manager = await opaqueManager({ logger, maxConcurrentSessions: 1, existingSession: 'new' });
    await manager.createSession('alice');
    expect(await manager.createSession('alice')).toBeNull();
  });

  it('a refresh token that is used again ends its session', async () => {
    const manager = await jwtManager({ logger, refreshGrace: 0 });
    const { refreshToken } = (await manager.createSession('alice'))!;
    await manager.refreshSession(refreshToken);
    await expect(manager.refreshSession(refreshToken)).rejects.toMatchObject({ code: 'REFRESH_TOKEN_REUSE' });
    expect(await manager.listSessions('alice')).toEqual([]);
  });

  it('a file of API tokens is read although a line of it is bad', async () => {
    const files = new TokenFolder();
    try {
      await files
        .open()
        .put({ jti: 'good', username: 'alice', issuedAt: START, expiresAt: START + 1000 }, START);
      files.write('nonsense', ...files.lines, '');
      const store = new FileApiTokenStore(files.folder, { logger });
      expect(await store.access('good', signedBy('alice'), START)).toMatchObject({ jti: 'good' });
      await store.close();
    } finally {
      files.dispose();
    }
  });

  it('keys that cannot be fetched are an outage', async () => {
    const signing = { algorithm: 'EdDSA', privateKey: keyPair('EdDSA').privateKey } as const;
    const parties = { issuer: 'issuer', audience: 'audience' };
    const { accessToken } = (await (await jwtManager({ signing, ...parties })).createSession('alice'))!;
    const server = await listen((_request, response) => response.writeHead(500).end());
    try {
      const verifier = createSessionVerifier({ jwksUri: server.url, ...parties, logger });
      await expect(verifier.validateSession(accessToken)).rejects.toMatchObject({
        code: 'SIGNING_KEYS_UNAVAILABLE',
      });
    } finally {
      await server.close();
    }
  });

  it('the second failure of a close is lost, and not the first', async () => {
    const [store, apiTokenStore]: [SessionStore, ApiTokenStore] = [
      new MemorySessionStore(),
      new MemoryApiTokenStore(),
    ];
    store.close = () => Promise.reject(new Error('half open'));
    apiTokenStore.close = () => Promise.reject(new Error('read-only'));
    await expect((await jwtManager({ logger, store, apiTokenStore })).close()).rejects.toThrow('half open');
  });
});

it('L4 a console that throws changes nothing', async () => {
  jest.spyOn(console, 'warn').mockImplementation(() => {
    throw new Error('EPIPE');
  });
  const manager = await createSessionManager({ strategy: 'single' });
  expect(await manager.createSession('alice')).not.toBeNull();
  expect(await manager.createSession('bob')).toBeNull();
  expect(console.warn).toHaveBeenCalledTimes(2);
});
