import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { readEnvironment } from '../src/config/read-environment.js';
import { DEFAULT_CONFIG } from '../src/config/default-config.js';
import { createFileOnce } from '../src/data-folder/create-file-once.js';
import { openDataFolder } from '../src/data-folder/data-folder.js';
import { filesIn } from './support/files-in.js';
import { CHEAP } from './support/test-users.js';
import { useTempFolders } from './support/use-test-apps.js';

const modeOf = async (path: string) => (await stat(path)).mode & 0o777;

describe('The first start', () => {
  const tempFolder = useTempFolders();
  const config = async () => ({
    ...DEFAULT_CONFIG,
    passwordCost: CHEAP,
    dataDir: join(await tempFolder(), 'data'),
  });

  it('makes a key of 64 bytes that only its owner reads', async () => {
    const { dataDir, ...rest } = await config();
    await openDataFolder({ ...rest, dataDir });
    expect((await readFile(join(dataDir, 'secret.key'))).length).toBe(64);
    expect(await modeOf(join(dataDir, 'secret.key'))).toBe(0o600);
    expect(await modeOf(dataDir)).toBe(0o700);
  });

  it('makes users whose random passwords it tells, and keeps only Argon2id hashes of them', async () => {
    const { dataDir, ...rest } = await config();
    const { firstLogins = [], credentials, findUser } = await openDataFolder({ ...rest, dataDir });
    expect(firstLogins.map(({ role }) => role)).toEqual(expect.arrayContaining(['admin', 'reader']));
    const text = await readFile(join(dataDir, 'users.json'), 'utf8');
    for (const { username, password, role } of firstLogins) {
      expect(await credentials.areGood(username, password)).toBe(true);
      expect(await credentials.areGood(username, `${password}x`)).toBe(false);
      expect(findUser(username)).toEqual({ username, role });
      expect(text).not.toContain(password);
    }
    expect(text.match(/\$argon2id\$/g)).toHaveLength(firstLogins.length);
    expect(await modeOf(join(dataDir, 'users.json'))).toBe(0o600);
  });

  it('makes a dataset with a file', async () => {
    const { datasetsPath } = await openDataFolder(await config());
    expect([...(await filesIn(datasetsPath)).keys()]).toEqual([
      join(datasetsPath, 'demo', 'measurements.csv'),
    ]);
  });

  it('is the only one that makes anything', async () => {
    const given = await config();
    await openDataFolder(given);
    const before = await filesIn(given.dataDir);
    const { firstLogins } = await openDataFolder(given);
    expect(firstLogins).toBeUndefined();
    expect(await filesIn(given.dataDir)).toEqual(before);
  });

  it('run several times at once has one winner', async () => {
    const given = await config();
    const opened = await Promise.all(Array.from({ length: 8 }, () => openDataFolder(given)));
    expect(opened.filter(({ firstLogins }) => firstLogins !== undefined)).toHaveLength(1);
    expect(new Set(opened.map(({ secretKey }) => Buffer.from(secretKey!).toString('hex'))).size).toBe(1);
  });
});

describe('A start', () => {
  const tempFolder = useTempFolders();

  it('refuses a key that is too short, and leaves it', async () => {
    const dataDir = await tempFolder();
    await writeFile(join(dataDir, 'secret.key'), 'short');
    await expect(openDataFolder({ ...DEFAULT_CONFIG, dataDir })).rejects.toThrow(
      /secret\.key: expected at least 64 bytes, got 5/,
    );
    expect(await readFile(join(dataDir, 'secret.key'), 'utf8')).toBe('short');
  });

  it.each(['', 'null', '[]', '{"users":[{"username":"a","role":"king","passwordHash":"$argon2id$x"}]}'])(
    'refuses %j for a list of users',
    async (content) => {
      const dataDir = await tempFolder();
      await writeFile(join(dataDir, 'users.json'), content);
      await expect(openDataFolder({ ...DEFAULT_CONFIG, dataDir })).rejects.toThrow(/users\.json: expected/);
    },
  );

  it('never overwrites a file', async () => {
    const path = join(await tempFolder(), 'file');
    expect(await createFileOnce(path, 'first')).toBe(true);
    expect(await createFileOnce(path, 'second')).toBe(false);
    expect(await readFile(path, 'utf8')).toBe('first');
  });
});

describe('The environment', () => {
  it('may be silent', () => {
    expect(readEnvironment({})).toEqual(DEFAULT_CONFIG);
    expect(DEFAULT_CONFIG).toMatchObject({ strategy: 'jwt', port: 3000, dataDir: './data' });
  });

  it('names strategy, folder, host and port', () => {
    const environment = { SESSION_STRATEGY: 'single', DATA_DIR: '/data', HOST: '::', PORT: '8080' };
    expect(readEnvironment(environment)).toMatchObject({
      strategy: 'single',
      dataDir: '/data',
      host: '::',
      port: 8080,
    });
  });

  it.each([
    [{ SESSION_STRATEGY: 'JWT' }, /SESSION_STRATEGY: expected jwt, token, single, no-auth, got "JWT"/],
    [{ PORT: '70000' }, /PORT: expected a number from 0 to 65535, got "70000"/],
    [{ PORT: '3000x' }, /PORT: expected/],
  ])('is refused where it makes no sense: %j', (environment, message) => {
    expect(() => readEnvironment(environment)).toThrow(message);
  });
});
