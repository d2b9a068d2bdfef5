import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, jest } from '@jest/globals';
import { DEFAULT_CONFIG } from '../src/config/default-config.js';

const fs = await import('node:fs/promises');

let code = 'EPERM';
jest.unstable_mockModule('node:fs/promises', () => ({
  ...fs,
  link: async () => {
    throw Object.assign(new Error('no links here'), { code });
  },
}));
// Imported after the mock, which would not reach them otherwise.
const { createFileOnce } = await import('../src/data-folder/create-file-once.js');
const { openDataFolder } = await import('../src/data-folder/data-folder.js');
const { CHEAP } = await import('./support/test-users.js');
const { useTempFolders } = await import('./support/use-test-apps.js');

describe('On a file system without hard links', () => {
  const tempFolder = useTempFolders();

  it.each(['EPERM', 'ENOTSUP', 'ENOSYS', 'EMLINK', 'EXDEV', 'EACCES'])(
    'the application starts, and starts again (%s)',
    async (given) => {
      code = given;
      const config = { ...DEFAULT_CONFIG, passwordCost: CHEAP, dataDir: await tempFolder() };
      const first = await openDataFolder(config);
      expect(first.firstLogins).toBeDefined();
      const again = await openDataFolder(config);
      expect(again.firstLogins).toBeUndefined();
      expect(again.secretKey).toEqual(first.secretKey);
      expect((await readdir(config.dataDir)).sort()).toEqual(['datasets', 'secret.key', 'users.json']);
      expect((await stat(join(config.dataDir, 'secret.key'))).mode & 0o777).toBe(0o600);
    },
  );

  it('a file is never overwritten, and of many that make it one wins', async () => {
    const path = join(await tempFolder(), 'file');
    const created = await Promise.all(
      Array.from({ length: 8 }, (_, i) => createFileOnce(path, `content of ${i}`)),
    );
    expect(created.filter(Boolean)).toHaveLength(1);
    expect(await readFile(path, 'utf8')).toBe(`content of ${created.indexOf(true)}`);
    expect(await createFileOnce(path, 'another')).toBe(false);
  });
});
