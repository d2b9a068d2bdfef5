import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { createSessionManager } from '../../src/compose/create-session-manager.js';
import type { SessionOptions } from '../../src/compose/options.js';
import { FileApiTokenStore } from '../../src/stores/file/file-api-token.store.js';
import { MemoryApiTokenStore } from '../../src/stores/memory/memory-api-token.store.js';
import { MemorySessionStore } from '../../src/stores/memory/memory-session.store.js';
import { MemoryLogger } from '../support/memory-logger.js';
import { inProduction } from '../support/production.js';
import { TokenFolder } from '../stores/token-folder.js';

class SharedStore extends MemorySessionStore {
  override readonly shared = true as never;

  constructor(override readonly ping: () => void = () => {}) {
    super();
  }
}

const secretKey = randomBytes(64);
const UNREACHABLE = () => {
  throw new Error('ECONNREFUSED');
};

describe('a shared session store', () => {
  it.each(['token', 'single', 'jwt'] as const)(
    'that cannot answer at boot is told, and the application boots, under %s',
    async (strategy) => {
      const logger = new MemoryLogger();
      const apiTokens = strategy === 'jwt' ? { apiTokenStore: new MemoryApiTokenStore() } : {};
      const store = new SharedStore(UNREACHABLE);
      const options = { strategy, secretKey, store, logger, ...apiTokens } as SessionOptions;
      const manager = await createSessionManager(options);
      expect(logger.entries).toEqual(['error Sessions are unavailable: Error: ECONNREFUSED']);
      expect(await manager.nActiveSessions()).toBe(0);
    },
  );

  it('that never answers holds up no boot for longer than ten seconds', async () => {
    jest.useFakeTimers();
    try {
      const logger = new MemoryLogger();
      const store = new SharedStore(() => new Promise<void>(() => {}) as never);
      const booting = createSessionManager({ strategy: 'token', secretKey, store, logger });
      await jest.advanceTimersByTimeAsync(10_000);
      await booting;
      expect(logger.entries).toEqual([
        'error Sessions are unavailable: their store did not answer within 10 s',
      ]);
    } finally {
      jest.useRealTimers();
    }
  });

  it('one that answers, and one in this process, say nothing', async () => {
    const logger = new MemoryLogger();
    await createSessionManager({ strategy: 'token', secretKey, store: new SharedStore(), logger });
    const asked = jest.fn(UNREACHABLE);
    const own = Object.assign(new MemorySessionStore(), { ping: asked });
    await createSessionManager({ strategy: 'token', secretKey, store: own, logger });
    expect([logger.entries, asked.mock.calls]).toEqual([[], []]);
  });
});

describe('API tokens in a file beside a shared session store', () => {
  let files: TokenFolder;
  beforeEach(() => {
    files = new TokenFolder();
  });
  afterEach(() => files.dispose());

  const options = () => ({
    strategy: 'jwt' as const,
    secretKey,
    issuer: 'a',
    maxConcurrentSessions: 9,
    store: new SharedStore(),
    logger: new MemoryLogger(),
    apiTokenDir: files.folder,
    checks: { except: ['temporary-api-tokens'] as const },
  });

  it('refuse to boot in production, and say what to give instead', async () => {
    const booting = inProduction(() => createSessionManager(options()));
    await expect(booting).rejects.toMatchObject({
      code: 'SESSION_CONFIGURATION',
      message: expect.stringMatching(/^apiTokenStore: expected one, since the session store is shared/),
    });
  });

  it('warn elsewhere', async () => {
    const given = options();
    await createSessionManager(given);
    expect(given.logger.entries).toEqual([expect.stringMatching(/^warn apiTokenStore: expected one/)]);
  });

  it('are taken where somebody says that the folder is shared too, and where neither is', async () => {
    const given = options();
    const apiTokenStore = new FileApiTokenStore(given.apiTokenDir, { logger: given.logger });
    await inProduction(() => createSessionManager({ ...given, apiTokenDir: undefined, apiTokenStore }));
    await inProduction(() => createSessionManager({ ...given, store: new MemorySessionStore() }));
    expect(given.logger.entries).toEqual([]);
  });
});
