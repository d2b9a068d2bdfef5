import { chmod, mkdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import type { AppConfig } from '../src/config/app-config.js';
import { readEnvironment } from '../src/config/read-environment.js';
import { DEFAULT_CONFIG } from '../src/config/default-config.js';
import { createFileOnce } from '../src/data-folder/create-file-once.js';
import { openDataFolder } from '../src/data-folder/data-folder.js';
import { readOrMakeSecretKey } from '../src/data-folder/secret-key-file.js';
import { readUsersFile } from '../src/users/users-file.js';
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
    await writeFile(join(dataDir, 'secret.key'), 'short', { mode: 0o600 });
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

describe('A file that decides who gets in', () => {
  const tempFolder = useTempFolders();
  afterEach(() => void jest.restoreAllMocks());

  /** A data folder that was opened before. */
  async function usedFolder(): Promise<AppConfig> {
    const config = { ...DEFAULT_CONFIG, passwordCost: CHEAP, dataDir: await tempFolder() };
    await openDataFolder(config);
    return config;
  }

  it.each([
    ['secret.key', '644'],
    ['secret.key', '640'],
    ['secret.key', '604'],
    ['secret.key', '660'],
    ['secret.key', '602'],
    ['users.json', '660'],
    ['users.json', '606'],
  ])('is refused where others are let at it: %s with mode %s', async (name, mode) => {
    const config = await usedFolder();
    const path = join(config.dataDir, name);
    await chmod(path, parseInt(mode, 8));
    const uid = process.getuid!();
    const start = openDataFolder(config);
    await expect(start).rejects.toThrow(`${path}: expected a file of uid ${uid}`);
    await expect(start).rejects.toThrow(`got one of uid ${uid} with mode 0${mode}`);
    await expect(start).rejects.toThrow(`chown ${uid} ${path} && chmod 600 ${path}`);
    await chmod(path, 0o600);
    await openDataFolder(config);
  });

  it.each([
    ['secret.key', '400'],
    ['users.json', '644'],
  ])('is taken where others do no harm: %s with mode %s', async (name, mode) => {
    const config = await usedFolder();
    await chmod(join(config.dataDir, name), parseInt(mode, 8));
    await openDataFolder(config);
  });

  it('is refused if it belongs to somebody else', async () => {
    const { dataDir } = await usedFolder();
    const uid = process.getuid!();
    jest.spyOn(process, 'getuid').mockReturnValue(uid + 1);
    const read = { 'secret.key': readOrMakeSecretKey, 'users.json': readUsersFile };
    for (const [name, open] of Object.entries(read)) {
      const path = join(dataDir, name);
      await expect(open(path)).rejects.toThrow(
        `${path}: expected a file of uid ${uid + 1}, as which this runs, that nobody else may`,
      );
      await expect(open(path)).rejects.toThrow(`got one of uid ${uid} with mode 0600`);
    }
  });

  it.each(['secret.key', 'users.json'])('is refused behind a link: %s', async (name) => {
    const config = { ...DEFAULT_CONFIG, passwordCost: CHEAP, dataDir: await tempFolder() };
    const elsewhere = await usedFolder();
    await symlink(join(elsewhere.dataDir, name), join(config.dataDir, name));
    await expect(openDataFolder(config)).rejects.toThrow(`${name}: expected a file, got a symbolic link`);
  });

  it('is refused if it is no file', async () => {
    const config = { ...DEFAULT_CONFIG, dataDir: await tempFolder() };
    await mkdir(join(config.dataDir, 'secret.key'));
    await expect(openDataFolder(config)).rejects.toThrow(/secret\.key: expected a regular file/);
  });

  it('is taken as it is where modes mean nothing', async () => {
    const config = await usedFolder();
    for (const name of ['secret.key', 'users.json']) await chmod(join(config.dataDir, name), 0o666);
    jest.spyOn(process, 'getuid').mockReturnValue(undefined as never);
    await openDataFolder(config);
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

  it('names a server that keeps the sessions', () => {
    const REDIS_URL = 'rediss://:secret@redis.example:6380/1';
    expect(readEnvironment({ SESSION_STORE: 'redis', REDIS_URL }).stores).toEqual({
      kind: 'redis',
      url: REDIS_URL,
    });
    expect(readEnvironment({ SESSION_STORE: 'redis' }).stores).toEqual({
      kind: 'redis',
      url: 'redis://localhost:6379',
    });
    const DATABASE_URL = 'postgresql://app:secret@db.example/app?sslmode=verify-full';
    expect(readEnvironment({ SESSION_STORE: 'postgres', DATABASE_URL }).stores).toEqual({
      kind: 'postgres',
      url: DATABASE_URL,
    });
    expect(readEnvironment({ SESSION_STORE: 'postgres' }).stores).toEqual({
      kind: 'postgres',
      url: 'postgres://localhost:5432/postgres',
    });
    expect(readEnvironment({ SESSION_STORE: 'memory', REDIS_URL }).stores).toEqual({ kind: 'in-process' });
  });

  it('does not repeat a URL that makes no sense, which may hold a password', () => {
    const REDIS_URL = 'http://:secret@redis.example';
    expect(() => readEnvironment({ SESSION_STORE: 'redis', REDIS_URL })).toThrow(
      /^REDIS_URL: expected redis:/,
    );
    expect(() => readEnvironment({ SESSION_STORE: 'redis', REDIS_URL })).not.toThrow(/secret/);
    const mysql = { SESSION_STORE: 'postgres', DATABASE_URL: 'mysql://app:secret@db.example/app' };
    expect(() => readEnvironment(mysql)).toThrow(/^DATABASE_URL: expected postgres:/);
    expect(() => readEnvironment(mysql)).not.toThrow(/secret/);
  });

  it.each([
    [{ SESSION_STRATEGY: 'JWT' }, /SESSION_STRATEGY: expected jwt, token, single, no-auth, got "JWT"/],
    [{ SESSION_STORE: 'Redis' }, /SESSION_STORE: expected memory, redis, postgres, got "Redis"/],
    [{ PORT: '70000' }, /PORT: expected a number from 0 to 65535, got "70000"/],
    [{ PORT: '3000x' }, /PORT: expected/],
  ])('is refused where it makes no sense: %j', (environment, message) => {
    expect(() => readEnvironment(environment)).toThrow(message);
  });
});
