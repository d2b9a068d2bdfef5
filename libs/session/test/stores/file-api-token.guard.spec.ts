import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import {
  chmodSync,
  chownSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { createSessionManager } from '../../src/index.js';
import { formatEntry } from '../../src/stores/file/api-token-line.js';
import type { FileApiTokenStore } from '../../src/stores/file/file-api-token.store.js';
import { MemorySessionStore } from '../../src/stores/memory/memory-session.store.js';
import { fileHandles } from './file-handles.js';
import { OtherProcesses } from './other-process.js';
import { isGood, signedBy, START, TokenFolder, tokenOf } from './token-folder.js';

const AS_ROOT = process.getuid?.() === 0;

/** Every verb that has to know what stands in the file. */
const VERBS: Readonly<Record<string, (store: FileApiTokenStore) => unknown>> = {
  put: (store) => store.put(tokenOf('alice', 'new'), START),
  access: (store) => store.access('jti-1', signedBy('alice'), START),
  revoke: (store) => store.revoke('jti-1', {}, START),
  revokeByUser: (store) => store.revokeByUser('alice', START),
  listByUser: (store) => store.listByUser('alice', START),
  ping: (store) => store.ping(),
};

describe('the file of API tokens', () => {
  let tokens: TokenFolder;
  beforeEach(() => {
    tokens = new TokenFolder();
  });
  afterEach(() => {
    jest.restoreAllMocks();
    tokens.dispose();
  });

  it('A1 is made with mode 0600, in a folder made with mode 0700, whatever the umask', async () => {
    const umask = process.umask(0);
    try {
      const inner = new (tokens.open().constructor as typeof FileApiTokenStore)(join(tokens.folder, 'a/b'), {
        logger: console,
      });
      await inner.put(tokenOf('alice', 'jti-1'), START);
      expect(statSync(inner.path).mode & 0o777).toBe(0o600);
      expect(statSync(join(tokens.folder, 'a/b')).mode & 0o777).toBe(0o700);
    } finally {
      process.umask(umask);
    }
  });

  describe.each([
    [
      'a symlink to a good file',
      (path: string) => {
        renameSync(path, `${path}.real`);
        symlinkSync(`${path}.real`, path);
      },
    ],
    ['a symlink to nowhere', (path: string) => (rmSync(path), symlinkSync(`${path}.nowhere`, path))],
    ['a directory', (path: string) => (rmSync(path), mkdirSync(path))],
  ])('A1 with %s in its place', (_what, spoil) => {
    it.each(Object.entries(VERBS))(
      '%s fails, touches nothing, and works again when mended',
      async (verb, call) => {
        const store = tokens.open();
        await store.put(tokenOf('alice', 'jti-1'), START);
        const good = tokens.text;
        spoil(tokens.path);
        await expect((async () => call(store))()).rejects.toThrow();
        await expect((async () => call(tokens.open()))()).rejects.toThrow();
        const others = readdirSync(tokens.folder).filter((name) => name !== 'api_token.txt');
        for (const name of others) expect(readFileSync(join(tokens.folder, name), 'utf8')).toBe(good);
        rmSync(tokens.path, { recursive: true });
        writeFileSync(tokens.path, good, { mode: 0o600 });
        await (async () => call(store))();
        expect(await isGood(store, 'jti-1')).toBe(!verb.startsWith('revoke'));
      },
    );
  });

  it.each([
    ['anybody', 0o666],
    ['its group', 0o620],
  ])('A1 that %s may write is not trusted: issuing rejects', async (_who, mode) => {
    const store = tokens.open();
    await store.put(tokenOf('alice', 'jti-1'), START);
    chmodSync(tokens.path, mode);
    await expect(store.put(tokenOf('alice', 'jti-2'), START)).rejects.toThrow();
  });

  (AS_ROOT ? it : it.skip)('A1 that belongs to another user is not trusted: issuing rejects', async () => {
    const store = tokens.open();
    await store.put(tokenOf('alice', 'jti-1'), START);
    chownSync(tokens.path, 12_345, 12_345);
    await expect(store.put(tokenOf('alice', 'jti-2'), START)).rejects.toThrow();
  });

  describe('that is refused says which file, what is wrong with it, and what mends it:', () => {
    const spoilt = async (spoil: (path: string) => void) => {
      const store = tokens.open();
      await store.put(tokenOf('alice', 'jti-1'), START);
      spoil(tokens.path);
      const refusals = Object.values(VERBS).map((call) => (async () => call(tokens.open()))().catch(String));
      const [refusal, ...others] = new Set(await Promise.all(refusals));
      expect(others).toEqual([]);
      return refusal as string;
    };
    const us = process.getuid?.();

    it('A6 a mode that Kubernetes made', async () => {
      const refusal = await spoilt((path) => chmodSync(path, 0o660));
      expect(refusal).toContain(`${tokens.path} (mode 0660, owner ${us}) may be written by others`);
      expect(refusal).toContain('chmod it to 600');
      expect(refusal).toContain('fsGroupChangePolicy');
    });

    (AS_ROOT ? it : it.skip)('A6 another owner', async () => {
      const refusal = await spoilt((path) => chownSync(path, 12_345, 12_345));
      expect(refusal).toContain(`${tokens.path} (mode 0600, owner 12345) belongs to another user`);
      expect(refusal).toContain(`(${us}): chown it, or run as its owner`);
    });

    it('A6 a link', async () => {
      const refusal = await spoilt(
        (path) => (renameSync(path, `${path}.real`), symlinkSync(`${path}.real`, path)),
      );
      expect(refusal).toContain(
        `${tokens.path} is a link, which is not followed: put the file itself there (ELOOP)`,
      );
    });

    it('A6 a folder in its place', async () => {
      const store = tokens.open();
      mkdirSync(tokens.path);
      await expect(store.ping()).rejects.toThrow(`${tokens.path} is no regular file: move it away`);
    });

    it('A6 a lock that others may write', async () => {
      const lock = `${tokens.path}.lock`;
      mkdirSync(lock);
      writeFileSync(join(lock, 'theirs'), '');
      chmodSync(lock, 0o770);
      const put = tokens.open().put(tokenOf('alice', 'jti-1'), START);
      await expect(put).rejects.toThrow(`${lock} (mode 0770, owner ${us}) may be written by others`);
    });
  });

  describe('where nothing can be written', () => {
    let processes: OtherProcesses;
    beforeAll(() => {
      processes = new OtherProcesses();
    });
    afterAll(() => processes.dispose());

    /** Runs as somebody whom modes bind, which root is not. */
    const asNobody = (script: string) =>
      processes.withStore(
        tokens.folder,
        `if (process.getuid() === 0) process.setuid(65534);
        const outcome = (verb) => verb().then(() => 'done', (error) => error.message);
        ${script}`,
      );
    const own = (path: string, mode: number) => {
      if (AS_ROOT) chownSync(path, 65_534, 65_534);
      chmodSync(path, mode);
    };

    it.each([
      ['its folder', 'folder', 0o600, 0o555],
      ['the file itself', 'path', 0o400, 0o755],
    ] as const)(
      'A6 ping tells it of %s, leaves nothing, and tokens are good all the same',
      async (_what, which, ofFile, ofFolder) => {
        await tokens.open().put(tokenOf('alice', 'jti-1'), START);
        own(tokens.path, ofFile);
        own(tokens.folder, ofFolder);
        const said = await asNobody(`
        say(await outcome(() => store.ping()));
        say(await outcome(() => store.put({ jti: 'x', expiresAt: 1e13 }, 1)));
        say(String((await store.access('jti-1', { username: 'alice', issuedAt: ${START} }, ${START}))?.jti));`);
        const refusal = new RegExp(
          `^${tokens[which]} cannot be written by user \\d+ \\(EACCES\\): API tokens can be neither made nor revoked$`,
        );
        expect(said.split('\n')).toEqual([
          expect.stringMatching(refusal),
          expect.stringMatching(refusal),
          'jti-1',
          '',
        ]);
        expect(readdirSync(tokens.folder)).toEqual(['api_token.txt']);
      },
    );

    it('A6 ping tells it of a folder that is not there and cannot be made', async () => {
      own(tokens.folder, 0o555);
      const script = `
        const inner = new FileApiTokenStore(folder + '/a/b', { logger: quiet });
        say(await outcome(() => inner.ping()));`;
      expect(await asNobody(script)).toMatch(new RegExp(`^${tokens.folder} cannot be written by user`));
      own(tokens.folder, 0o755);
      expect(await asNobody(script)).toBe('done\n');
      expect(readdirSync(tokens.folder)).toEqual([]);
    });

    it('A6 boot tells it, and goes on', async () => {
      const lines: string[] = [];
      const logger = { debug() {}, log() {}, warn() {}, error: (line: string) => void lines.push(line) };
      writeFileSync(join(tokens.folder, 'file'), '');
      const apiTokenDir = join(tokens.folder, 'file', 'folder');
      const options = { strategy: 'jwt', secretKey: Buffer.alloc(64, 7), apiTokenDir, logger } as const;
      const manager = await createSessionManager(options);
      expect(lines).toEqual([expect.stringContaining('API tokens are unavailable: ')]);
      expect(await manager.createSession('alice')).toBeDefined();
      await manager.close();
    });

    it('A6 boot tells the whole of it, however long the path is', async () => {
      const lines: string[] = [];
      const logger = { debug() {}, log() {}, warn() {}, error: (line: string) => void lines.push(line) };
      const apiTokenDir = join(tokens.folder, 'x'.repeat(200));
      mkdirSync(apiTokenDir, { mode: 0o700 });
      writeFileSync(join(apiTokenDir, 'api_token.txt'), '');
      chmodSync(join(apiTokenDir, 'api_token.txt'), 0o660);
      const options = { strategy: 'jwt', secretKey: Buffer.alloc(64, 7), apiTokenDir, logger } as const;
      await (await createSessionManager(options)).close();
      expect(lines).toEqual([expect.stringMatching(/OnRootMismatch$/)]);
    });
  });

  describe('where modes mean nothing, as on Windows', () => {
    const { getuid } = process;
    beforeEach(() => {
      process.getuid = undefined;
    });
    afterEach(() => {
      process.getuid = getuid;
    });

    it('A1 is taken as it is, and so is its lock', async () => {
      tokens.write(formatEntry({ kind: 'registered', record: tokenOf('alice', 'jti-1') }), '');
      chmodSync(tokens.path, 0o666);
      const lock = `${tokens.path}.lock`;
      mkdirSync(lock);
      writeFileSync(join(lock, `${2 ** 22 + 1}.0.elsewhere`), '');
      chmodSync(lock, 0o777);
      setTimeout(() => rmSync(lock, { recursive: true }), 50);
      const store = tokens.open();
      await store.put(tokenOf('alice', 'jti-2'), START);
      expect([await isGood(store, 'jti-1'), await isGood(store, 'jti-2')]).toEqual([true, true]);
    });
  });

  it.each(['EPERM', 'EINVAL'])('A2 is written where folders cannot be synced (%s)', async (code) => {
    const files = await fileHandles();
    const { sync } = files;
    jest.spyOn(files, 'sync').mockImplementation(async function (this: FileHandle) {
      if (!(await this.stat()).isDirectory()) return sync.call(this);
      throw Object.assign(new Error(`${code}: fsync`), { code });
    });
    const store = tokens.open();
    await store.put(tokenOf('alice', 'jti-1'), START);
    expect(await isGood(tokens.open(), 'jti-1')).toBe(true);
  });

  it('T3 holds nothing that logs in, and neither does a record of a session', async () => {
    const store = new RecordingStore();
    const secretKey = Buffer.alloc(64, 7);
    const logger = { debug() {}, log() {}, warn() {}, error() {} };
    const manager = await createSessionManager({
      strategy: 'jwt',
      secretKey,
      apiTokenDir: tokens.folder,
      store,
      logger,
    });
    const session = (await manager.createSession('alice', { label: 'phone' }))!;
    const refreshed = (await manager.refreshSession(session.refreshToken))!;
    const api = await manager.createApiToken('alice', { label: 'CI' });
    const atRest = [
      ...readdirSync(tokens.folder).map((name) => readFileSync(join(tokens.folder, name), 'utf8')),
      ...store.kept,
    ];
    expect(atRest.length).toBeGreaterThanOrEqual(3);
    const issued = [
      session.accessToken,
      session.refreshToken!,
      refreshed.accessToken,
      refreshed.refreshToken!,
      api.token,
    ];
    for (const token of issued) {
      const [, payload, signature] = token.split('.');
      for (const kept of atRest) {
        for (const part of [token, payload!, signature!]) expect(kept).not.toContain(part);
      }
    }
    expect(atRest.join('\n')).toContain(api.jti);
    for (const word of new Set(atRest.join('\n').split(/[\s",:{}=]+/))) {
      if (word !== '') await expect(manager.validateSession(word)).rejects.toThrow();
    }
    await manager.close();
  });
});

/** Keeps the text of all that it is given to keep. */
class RecordingStore extends MemorySessionStore {
  readonly kept: string[] = [];

  override create(...given: Parameters<MemorySessionStore['create']>) {
    this.kept.push(JSON.stringify(given));
    return super.create(...given);
  }

  override rotate(...given: Parameters<MemorySessionStore['rotate']>) {
    this.kept.push(JSON.stringify(given));
    return super.rotate(...given);
  }
}
