import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { appendFileSync, copyFileSync, renameSync, statSync, truncateSync, unlinkSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { formatEntry } from '../../src/stores/file/api-token-line.js';
import { describeApiTokenStore } from '../../src/testing/index.js';
import { fileHandles } from './file-handles.js';
import { HOUR, isGood, signedBy, START, TokenFolder, tokenOf } from './token-folder.js';

describeApiTokenStore('FileApiTokenStore', { describe, it }, () => {
  const tokens = new TokenFolder();
  return { store: tokens.open(), dispose: () => tokens.dispose() };
});

describe('FileApiTokenStore', () => {
  let tokens: TokenFolder;
  beforeEach(() => {
    tokens = new TokenFolder();
  });
  afterEach(() => {
    jest.restoreAllMocks();
    tokens.dispose();
  });

  describe('across processes and restarts', () => {
    it('keeps what was put, with owner, label and times, for a store opened later', async () => {
      const record = tokenOf('Zoë O’Neil = 100 % 𝒵', 'jti-1', {
        label: '  CI; owner=mallory\u2028sum=0 %20 ',
      });
      await tokens.open().put(record, START);
      expect(await tokens.open().listByUser(record.username!, START)).toEqual([record]);
    });

    it('R1 keeps a revoked token revoked, for a store opened later', async () => {
      const store = tokens.open();
      await store.put(tokenOf('alice', 'jti-1'), START);
      await store.revoke('jti-1', {}, START);
      expect(await isGood(tokens.open(), 'jti-1')).toBe(false);
    });

    it('R1 keeps a revoked token revoked when its registration is appended again', async () => {
      const store = tokens.open();
      await store.put(tokenOf('alice', 'jti-1'), START);
      const registration = tokens.text;
      await store.revoke('jti-1', {}, START);
      appendFileSync(tokens.path, registration);
      await store.put(tokenOf('alice', 'jti-1'), START);
      expect(await isGood(store, 'jti-1')).toBe(false);
      expect(await isGood(tokens.open(), 'jti-1')).toBe(false);
    });

    it('a second registration of one jti changes nothing: neither its owner nor its expiry', async () => {
      const store = tokens.open();
      await store.put(tokenOf('alice', 'jti-1'), START);
      await store.put(tokenOf('mallory', 'jti-1', { expiresAt: START + 9 * HOUR }), START);
      for (const each of [store, tokens.open()]) {
        expect(await isGood(each, 'jti-1', 'mallory')).toBe(false);
        expect(await isGood(each, 'jti-1', 'alice')).toBe(true);
        expect(await each.listByUser('alice', START + HOUR)).toEqual([]);
      }
    });

    it('R2 the latest cut-off counts, in whichever order the lines were appended', async () => {
      tokens.write(
        'foreign 2026-01-02T00:00:00+00:00',
        formatEntry({ kind: 'cut-off', username: 'alice', at: START }),
        formatEntry({ kind: 'cut-off', username: 'alice', at: START - HOUR }),
        '',
      );
      expect(await isGood(tokens.open(), 'foreign')).toBe(false);
    });

    it('R2 keeps the cut-off for tokens without owner, for a store opened later', async () => {
      tokens.write('foreign 2026-01-02T00:00:00+00:00', '');
      expect(await isGood(tokens.open(), 'foreign')).toBe(true);
      await tokens.open().revokeByUser('alice', START);
      expect(await isGood(tokens.open(), 'foreign')).toBe(false);
      expect(await isGood(tokens.open(), 'foreign', 'bob')).toBe(true);
    });

    it('A4 sees at once, in every verb that writes or lists, what another store on the file did', async () => {
      const [here, there] = [tokens.open(Infinity), tokens.open(Infinity)];
      await here.ping();
      await there.put(tokenOf('alice', 'jti-1'), START);
      expect(await here.listByUser('alice', START)).toHaveLength(1);
      await there.put(tokenOf('alice', 'jti-2'), START);
      expect((await here.revoke('jti-2', {}, START))?.jti).toBe('jti-2');
      await there.put(tokenOf('alice', 'jti-3'), START);
      expect(await here.revokeByUser('alice', START)).toEqual(['jti-1', 'jti-3']);
    });

    it('A4 loses nothing when two stores append at the same time', async () => {
      const stores = [tokens.open(), tokens.open()];
      const jtis = Array.from({ length: 40 }, (_, index) => `jti-${index}`);
      await Promise.all(jtis.map((jti, index) => stores[index % 2]!.put(tokenOf('alice', jti), START)));
      for (const store of [...stores, tokens.open()]) {
        const listed = await store.listByUser('alice', START);
        expect(listed.map(({ jti }) => jti).sort()).toEqual([...jtis].sort());
      }
      expect(tokens.warnings).toEqual([]);
    });

    it('a missing file is an empty one, and stays missing until something is put', async () => {
      const store = tokens.open();
      expect(await isGood(store, 'jti-1')).toBe(false);
      expect(await store.listByUser('alice', START)).toEqual([]);
      expect(await store.revoke('jti-1', {}, START)).toBeUndefined();
      await store.ping();
      expect(() => statSync(tokens.path)).toThrow('ENOENT');
    });

    it('follows a file that was removed, replaced, or cut off', async () => {
      const store = tokens.open();
      await store.put(tokenOf('alice', 'jti-1'), START);
      copyFileSync(tokens.path, `${tokens.path}.backup`);
      await store.put(tokenOf('alice', 'jti-2'), START);
      renameSync(`${tokens.path}.backup`, tokens.path);
      expect([await isGood(store, 'jti-1'), await isGood(store, 'jti-2')]).toEqual([true, false]);
      truncateSync(tokens.path);
      expect(await isGood(store, 'jti-1')).toBe(false);
      await store.put(tokenOf('alice', 'jti-3'), START);
      unlinkSync(tokens.path);
      expect(await isGood(store, 'jti-3')).toBe(false);
    });

    it('follows a file that was removed and written anew, longer than before', async () => {
      const store = tokens.open();
      await store.put(tokenOf('alice', 'old-token'), START);
      unlinkSync(tokens.path);
      const anew = ['token-1', 'token-2'].map((jti) =>
        formatEntry({ kind: 'registered', record: tokenOf('alice', jti) }),
      );
      tokens.write(...anew, '');
      expect(await isGood(store, 'token-1')).toBe(true);
      expect(await isGood(store, 'old-token')).toBe(false);
    });

    it.each(['first', 'last'])(
      'follows a file that was rewritten in place, its %s line another',
      async (which) => {
        const line = (jti: string) => formatEntry({ kind: 'registered', record: tokenOf('alice', jti) });
        const between = Array.from({ length: 8 }, (_, index) => line(`between-${index}`));
        const [before, after] = which === 'first' ? [[], between] : [between, []];
        tokens.write(...before, line('old-1'), ...after, '');
        const store = tokens.open();
        expect(await isGood(store, 'old-1')).toBe(true);
        tokens.write(...before, line('new-1'), ...after, '');
        expect([await isGood(store, 'old-1'), await isGood(store, 'new-1')]).toEqual([false, true]);
      },
    );

    it('a slightly earlier now counts as the latest seen, also when the file was replaced in between', async () => {
      const store = tokens.open();
      await store.put(tokenOf('alice', 'jti-1'), START);
      expect(await store.access('jti-1', signedBy('alice'), START + HOUR)).toBeUndefined();
      copyFileSync(tokens.path, `${tokens.path}.copy`);
      renameSync(`${tokens.path}.copy`, tokens.path);
      expect(await store.access('jti-1', signedBy('alice'), START + HOUR - 59_000)).toBeUndefined();
    });
  });

  describe('lines that it did not write', () => {
    it('reads plantdb’s line of two fields as a token without owner', async () => {
      tokens.write('7d0c5a0e-6a53-4c3e-9a1c-52f5a6f7c001 2026-01-01T13:00:00.250000', '');
      const store = tokens.open();
      const jti = '7d0c5a0e-6a53-4c3e-9a1c-52f5a6f7c001';
      expect(await store.access(jti, signedBy('whoever'), START + HOUR + 249)).toBeDefined();
      expect(await store.access(jti, signedBy('whoever'), START + HOUR + 250)).toBeUndefined();
      expect(tokens.warnings).toEqual([]);
    });

    it('A5 keeps the good rest of a damaged file, and names each bad line once by number, never by text', async () => {
      const line = (jti: string) => formatEntry({ kind: 'registered', record: tokenOf('alice', jti) });
      const secret = 'eyJhbGciOiJIUzUxMiJ9.s3cret-payload.s3cret-signature';
      tokens.write(
        line('good-1'),
        secret,
        line('torn').slice(0, -3),
        '',
        `\u001b[31m${line('x')}`,
        line('good-2'),
        '',
      );
      const store = tokens.open();
      expect([await isGood(store, 'good-1'), await isGood(store, 'good-2')]).toEqual([true, true]);
      expect([await isGood(store, 'torn'), await isGood(store, 'x')]).toEqual([false, false]);
      await store.put(tokenOf('alice', 'good-3'), START);
      expect(tokens.warnings.map((warning) => /[Ll]ine (\d+)/.exec(warning)?.[1])).toEqual(['2', '3', '5']);
      const logged = tokens.warnings.join('\n').replaceAll(tokens.path, '');
      for (const text of ['s3cret', 'eyJ', 'torn', 'alice', '\u001b']) expect(logged).not.toContain(text);
    });

    it('A5 a torn last line does not swallow the next', async () => {
      const line = formatEntry({ kind: 'registered', record: tokenOf('alice', 'torn') });
      tokens.write(
        formatEntry({ kind: 'registered', record: tokenOf('alice', 'good-1') }),
        line.slice(0, 60),
      );
      const store = tokens.open();
      await store.put(tokenOf('alice', 'good-2'), START);
      for (const each of [store, tokens.open()]) {
        expect(await isGood(each, 'good-1')).toBe(true);
        expect(await isGood(each, 'good-2')).toBe(true);
        expect(await isGood(each, 'torn')).toBe(false);
      }
    });

    it('A4 a line that is still being written is read once it is whole', async () => {
      const line = formatEntry({ kind: 'registered', record: tokenOf('alice', 'jti-1') });
      const store = tokens.open();
      tokens.write(line.slice(0, 40));
      expect(await isGood(store, 'jti-1')).toBe(false);
      appendFileSync(tokens.path, `${line.slice(40)}\n`);
      expect(await isGood(store, 'jti-1')).toBe(true);
      expect(tokens.warnings).toEqual([]);
    });

    it('A5 a torn registration registers nothing, wherever it was torn', async () => {
      const line = formatEntry({ kind: 'registered', record: tokenOf('alice', 'torn') });
      const revived: string[] = [];
      for (let length = 1; length < line.length; length += 1) {
        tokens.dispose();
        tokens = new TokenFolder();
        tokens.write(line.slice(0, length));
        const store = tokens.open();
        await store.put(tokenOf('alice', 'good'), START);
        expect(await isGood(store, 'good')).toBe(true);
        if (await isGood(store, 'torn')) revived.push(line.slice(0, length));
      }
      expect(revived).toEqual([]);
    });

    it('A5 takes a byte order mark, as an editor on Windows puts it in front', async () => {
      tokens.write(
        '\ufeffone 2026-01-02T00:00:00Z\r',
        formatEntry({ kind: 'registered', record: tokenOf('alice', 'two') }),
        '',
      );
      const store = tokens.open();
      expect([await isGood(store, 'one'), await isGood(store, 'two')]).toEqual([true, true]);
      expect(tokens.warnings).toEqual([]);
    });

    it.each([
      ['a line of a megabyte', Buffer.alloc(1_000_000, 'x')],
      ['a megabyte of NUL, as a crash may leave', Buffer.alloc(1_000_000)],
      ['UTF-16', Buffer.from('jti-1 2026-01-02T00:00:00Z', 'utf16le')],
      [
        'every byte but a line end',
        Buffer.from(Array.from({ length: 256 }, (_, byte) => byte).filter((byte) => byte !== 10)),
      ],
    ])('A5 keeps the good rest around %s', async (_what, bytes) => {
      tokens.write(formatEntry({ kind: 'registered', record: tokenOf('alice', 'before') }), '');
      appendFileSync(tokens.path, bytes);
      const store = tokens.open();
      await store.put(tokenOf('alice', 'after'), START);
      for (const each of [store, tokens.open()]) {
        expect([await isGood(each, 'before'), await isGood(each, 'after')]).toEqual([true, true]);
        expect(await each.listByUser('alice', START)).toHaveLength(2);
      }
      expect(tokens.warnings).toHaveLength(2);
    });

    it('A5 an empty file is one without tokens', async () => {
      tokens.write('');
      const store = tokens.open();
      expect(await store.listByUser('alice', START)).toEqual([]);
      await store.put(tokenOf('alice', 'jti-1'), START);
      expect(tokens.lines).toHaveLength(1);
    });

    it('takes line ends of Windows, and bytes that are no UTF-8', async () => {
      tokens.write('one 2026-01-02T00:00:00Z\r', 'two 2026-01-02T00:00:00Z\r', '');
      appendFileSync(tokens.path, Buffer.from([0xff, 0xfe, 0x00, 0x0a]));
      appendFileSync(tokens.path, 'three 2026-01-02T00:00:00Z\n');
      const store = tokens.open();
      for (const jti of ['one', 'two', 'three']) expect(await isGood(store, jti)).toBe(true);
      expect(tokens.warnings).toHaveLength(1);
    });
  });

  describe('A2 on disk before it is handed out', () => {
    it('A2 put resolves only when the line is written and synced', async () => {
      const files = await fileHandles();
      const synced = deferred();
      const written = jest.spyOn(files, 'write');
      jest.spyOn(files, 'sync').mockImplementation(() => synced.promise);
      let done = false;
      const put = tokens
        .open()
        .put(tokenOf('alice', 'jti-1'), START)
        .then(() => (done = true));
      while (written.mock.calls.length === 0) await setImmediate();
      for (let turn = 0; turn < 20; turn += 1) await setImmediate();
      expect(done).toBe(false);
      synced.resolve();
      await put;
      expect(tokens.text).toContain('jti-1 ');
    });

    it('A2 syncs the folder once for each file that it writes to: a name may be younger than its bytes', async () => {
      const store = tokens.open();
      await store.put(tokenOf('alice', 'jti-1'), START);
      await store.put(tokenOf('alice', 'jti-2'), START);
      const synced = jest.spyOn(await fileHandles(), 'sync');
      const syncs = async (jti: string) => {
        synced.mockClear();
        await store.put(tokenOf('alice', jti), START);
        return synced.mock.calls.length;
      };
      expect(await syncs('jti-3')).toBe(1);
      copyFileSync(tokens.path, `${tokens.path}.copy`);
      renameSync(`${tokens.path}.copy`, tokens.path);
      expect(await syncs('jti-4')).toBe(2);
      expect(await syncs('jti-5')).toBe(1);
    });

    it('A2 a line that could not be synced is taken back', async () => {
      const store = tokens.open();
      await store.put(tokenOf('alice', 'jti-1'), START);
      const before = tokens.text;
      jest.spyOn(await fileHandles(), 'sync').mockRejectedValueOnce(new Error('EIO'));
      await expect(store.put(tokenOf('alice', 'jti-2'), START)).rejects.toThrow('EIO');
      expect(tokens.text).toBe(before);
    });

    it.each(['revoke', 'revokeByUser'] as const)(
      'R6 %s rejects if the disk refuses, and the token is still good',
      async (verb) => {
        const store = tokens.open();
        await store.put(tokenOf('alice', 'jti-1'), START);
        jest.spyOn(await fileHandles(), 'write').mockRejectedValueOnce(new Error('ENOSPC'));
        await expect(
          verb === 'revoke' ? store.revoke('jti-1', {}, START) : store.revokeByUser('alice', START),
        ).rejects.toThrow('ENOSPC');
        expect(await isGood(store, 'jti-1')).toBe(true);
        expect((await store.revoke('jti-1', {}, START))?.jti).toBe('jti-1');
      },
    );

    it.each(['write', 'sync'] as const)(
      'A2 put rejects if %s fails, and works again afterwards',
      async (call) => {
        const store = tokens.open();
        jest.spyOn(await fileHandles(), call).mockRejectedValueOnce(new Error('ENOSPC'));
        await expect(store.put(tokenOf('alice', 'jti-1'), START)).rejects.toThrow('ENOSPC');
        await store.put(tokenOf('alice', 'jti-2'), START);
        expect(await isGood(tokens.open(), 'jti-2')).toBe(true);
      },
    );

    it('A2 a disk that takes only part of a line makes put reject, and leaves the file as it was', async () => {
      const store = tokens.open();
      await store.put(tokenOf('alice', 'jti-1'), START);
      const before = tokens.text;
      const files = await fileHandles();
      const write = files.write as (data: Uint8Array) => Promise<{ bytesWritten: number }>;
      jest.spyOn(files, 'write').mockImplementationOnce(function (this: typeof files, data: unknown) {
        return write.call(this, (data as Buffer).subarray(0, 30)) as never;
      });
      await expect(store.put(tokenOf('alice', 'jti-2'), START)).rejects.toThrow();
      expect(await isGood(tokens.open(), 'jti-2')).toBe(false);
      expect(tokens.text).toBe(before);
    });
  });
});

function deferred() {
  let resolve!: () => void;
  const promise = new Promise<void>((done) => (resolve = done));
  return { promise, resolve };
}
