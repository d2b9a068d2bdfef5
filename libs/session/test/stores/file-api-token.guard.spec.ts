import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
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
import { join } from 'node:path';
import { createSessionManager } from '../../src/index.js';
import type { FileApiTokenStore } from '../../src/stores/file/file-api-token.store.js';
import { MemorySessionStore } from '../../src/stores/memory/memory-session.store.js';
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
  afterEach(() => tokens.dispose());

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
