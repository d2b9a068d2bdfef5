import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, jest } from '@jest/globals';
import type { AppConfig } from '../../src/config/app-config.js';
import { DEFAULT_CONFIG } from '../../src/config/default-config.js';
import { openDataFolder } from '../../src/data-folder/data-folder.js';
import type { MakeAdapter } from './adapters.js';
import { CapturedLogger } from './captured-logger.js';
import { letCommonJsRequireEsm } from './commonjs-dependencies.js';
import { TestApp } from './test-app.js';
import { CHEAP, writeTestUsers } from './test-users.js';

// Generous, since nothing here waits for time to pass: it is reached only when something hangs.
jest.setTimeout(60_000);

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
    const dataDir = given.dataDir ?? (await temporary());
    const config: AppConfig = {
      ...DEFAULT_CONFIG,
      loginsPerMinute: 1000,
      passwordCost: CHEAP,
      // Logins are what tests begin with, at once and often: only tests about them bound them.
      passwordChecks: { atOnce: 2, waiting: 1000 },
      loginPauses: [],
      ...given,
      dataDir,
      session: { cleanup: false, ...given.session },
    };
    if (config.strategy !== 'no-auth') await writeTestUsers(join(dataDir, 'users.json'));
    const logger = new CapturedLogger();
    const app = await createApp(config, await openDataFolder(config), { adapter: makeAdapter(), logger });
    await app.listen(0, '127.0.0.1');
    const opened = new TestApp(app, await app.getUrl(), dataDir, logger);
    running.add(opened);
    return opened;
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

/** Folders for the tests of this block, which end with their test. */
export function useTempFolders(): () => Promise<string> {
  const folders: string[] = [];
  afterEach(() => Promise.all(folders.splice(0).map((path) => rm(path, { recursive: true, force: true }))));
  return async () => {
    const path = await mkdtemp(join(tmpdir(), 'research-data-'));
    folders.push(path);
    return path;
  };
}
