import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll } from '@jest/globals';
import type { AppConfig } from '../../src/config/app-config.js';
import { DEFAULT_CONFIG } from '../../src/config/default-config.js';
import { openDataFolder } from '../../src/data-folder/data-folder.js';
import { openStores } from '../../src/stores/session-stores.js';
import type { MakeAdapter } from './adapters.js';
import { CapturedLogger } from './captured-logger.js';
import { letCommonJsRequireEsm } from './commonjs-dependencies.js';
import { TestApp } from './test-app.js';
import { CHEAP, writeTestUsers } from './test-users.js';

letCommonJsRequireEsm();
const { createApp } = await import('../../src/app.js');

export interface TestApps {
  /** Starts one, on a data folder of its own unless one is named. */
  open(config?: Partial<AppConfig>): Promise<TestApp>;
  /** Ends one and starts another on the same data folder. */
  reopen(app: TestApp, config?: Partial<AppConfig>): Promise<TestApp>;
  /** Ends one before its test does. */
  close(app: TestApp): Promise<void>;
  /** Makes a folder that ends with its test. */
  tempFolder(): Promise<string>;
}

/** Applications for the tests of this block; each ends with its test, and its folder with it. */
export function useTestApps(makeAdapter: MakeAdapter): TestApps {
  const running = new Set<TestApp>();
  const temporary = useTempFolders();

  const open: TestApps['open'] = async (given = {}) => {
    const app = await start(makeAdapter, { ...given, dataDir: given.dataDir ?? (await temporary()) });
    running.add(app);
    return app;
  };

  const close = async (app: TestApp) => {
    running.delete(app);
    await app.app.close();
  };

  afterEach(() => Promise.all([...running].map(close)));

  return {
    open,
    close,
    tempFolder: temporary,
    reopen: async (app, config) => {
      await close(app);
      return open({ ...config, dataDir: app.dataDir });
    },
  };
}

/** One application for all tests of this block, which leave it as they find it, sessions and API tokens apart. */
export function useTestApp(makeAdapter: MakeAdapter, config: Partial<AppConfig> = {}): () => TestApp {
  let app: TestApp;
  beforeAll(async () => {
    // Each test logs in anew.
    const session = { maxConcurrentSessions: Infinity, ...config.session };
    app = await start(makeAdapter, { ...config, session, dataDir: await tempFolder() });
  });
  afterAll(async () => {
    await app.app.close();
    await rm(app.dataDir, { recursive: true });
  });
  return () => app;
}

async function start(
  makeAdapter: MakeAdapter,
  given: Partial<AppConfig> & Pick<AppConfig, 'dataDir'>,
): Promise<TestApp> {
  const config: AppConfig = {
    ...DEFAULT_CONFIG,
    loginsPerMinute: 1000,
    passwordCost: CHEAP,
    // Logins are what tests begin with, at once and often: only tests about them bound them.
    passwordChecks: { atOnce: 2, waiting: 1000 },
    loginPauses: [],
    ...given,
    session: { cleanup: false, ...given.session },
  };
  if (config.strategy !== 'no-auth') await writeTestUsers(join(config.dataDir, 'users.json'));
  const logger = new CapturedLogger();
  const [data, stores] = [await openDataFolder(config), await openStores(config.stores)];
  const app = await createApp(config, data, stores, { adapter: makeAdapter(), logger });
  await app.listen(0, '127.0.0.1');
  return new TestApp(app, await app.getUrl(), config.dataDir, logger);
}

/** Folders for the tests of this block, which end with their test. */
export function useTempFolders(): () => Promise<string> {
  const folders: string[] = [];
  afterEach(() => Promise.all(folders.splice(0).map((path) => rm(path, { recursive: true, force: true }))));
  return async () => {
    const path = await tempFolder();
    folders.push(path);
    return path;
  };
}

function tempFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'research-data-'));
}
