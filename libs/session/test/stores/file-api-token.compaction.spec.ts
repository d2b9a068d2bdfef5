import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import {
  appendFileSync,
  copyFileSync,
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
import { formatEntry } from '../../src/stores/file/api-token-line.js';
import { compacted } from '../../src/stores/file/compaction.js';
import type { FileApiTokenStore } from '../../src/stores/file/file-api-token.store.js';
import { FileLock, HeldLock } from '../../src/stores/file/file-lock.js';
import { fileHandles } from './file-handles.js';
import { OtherProcesses } from './other-process.js';
import { AT_EASE, HOUR, isGood, signedBy, START, TokenFolder, tokenOf } from './token-folder.js';

const FOREIGN = 'foreign 2026-01-02T00:00:00.250000';

const rivalPuts = `
  await store.put({ jti: 'rival', username: 'alice', issuedAt: ${START}, expiresAt: ${START + HOUR} }, ${START});`;
const compacting = `
  const compacting = new FileApiTokenStore(folder, { logger: quiet, compactAbove: 0 });
  await compacting.sweepExpired(${START}, { budgetMs: 1000, batchSize: 1000 });`;

describe('compaction of the file of API tokens, in use', () => {
  let processes: OtherProcesses;
  let tokens: TokenFolder;
  beforeAll(() => {
    processes = new OtherProcesses();
  });
  afterAll(() => processes.dispose());
  beforeEach(() => {
    tokens = new TokenFolder();
  });
  afterEach(() => {
    jest.restoreAllMocks();
    tokens.dispose();
  });

  /** A file most of whose lines count no more, and what does: `good` is good, `gone` is revoked. */
  async function worthCompacting(): Promise<void> {
    const dead = Array.from({ length: 20 }, (_, index) => lineOf(`dead-${index}`, START - HOUR));
    tokens.write(...dead, FOREIGN, lineOf('good'), lineOf('gone'), '');
    await tokens.open().revoke('gone', {}, START);
  }

  const sweep = (store: FileApiTokenStore) => store.sweepExpired(START, AT_EASE);
  const isCompacted = () => tokens.lines[0]?.includes(' compacted=') ?? false;
  const expectAllWell = async (store: FileApiTokenStore) => {
    expect([await isGood(store, 'good'), await isGood(store, 'foreign')]).toEqual([true, true]);
    expect([await isGood(store, 'gone'), await isGood(store, 'dead-0')]).toEqual([false, false]);
  };

  it('comes with a sweep, and changes nothing for whoever follows the file or opens it later', async () => {
    await worthCompacting();
    const follower = tokens.open();
    await expectAllWell(follower);
    await sweep(tokens.openCompacting());
    expect(tokens.lines).toHaveLength(4);
    for (const store of [follower, tokens.open()]) await expectAllWell(store);
    expect(tokens.warnings).toEqual([]);
  });

  it.each([
    ['the file is small', 100_000],
    ['another program appends to it', Infinity],
  ])('does not come when %s', async (_when, compactAbove) => {
    await worthCompacting();
    await sweep(tokens.open(0, { compactAbove }));
    expect(isCompacted()).toBe(false);
  });

  it.each([
    [17, true],
    [18, false],
  ])('with 3 + %i of the 24 + as many lines that count comes: %s', async (living, comes) => {
    await worthCompacting();
    for (let index = 0; index < living; index += 1)
      appendFileSync(tokens.path, `${lineOf(`live-${index}`)}\n`);
    await sweep(tokens.openCompacting());
    expect(isCompacted()).toBe(comes);
  });

  it('R1 revives no revoked token when its old line is appended to the compacted file', async () => {
    await worthCompacting();
    await sweep(tokens.openCompacting());
    appendFileSync(tokens.path, `${lineOf('gone')}\n`);
    expect(await isGood(tokens.open(), 'gone')).toBe(false);
  });

  it('A1 leaves a file of mode 0600, and nothing else in the folder', async () => {
    await worthCompacting();
    await sweep(tokens.openCompacting());
    expect(statSync(tokens.path).mode & 0o777).toBe(0o600);
    expect(readdirSync(tokens.folder)).toEqual(['api_token.txt']);
  });

  it('A1 follows no link that lies where the lock belongs, and removes nothing there', async () => {
    await worthCompacting();
    const before = tokens.text;
    const elsewhere = new TokenFolder();
    elsewhere.write('theirs');
    symlinkSync(elsewhere.folder, `${tokens.path}.lock`);
    await sweep(tokens.openCompacting());
    await expect(tokens.open().put(tokenOf('alice', 'jti-1'), START)).rejects.toThrow('ENOTDIR');
    expect([tokens.text, elsewhere.text]).toEqual([before, 'theirs']);
    await expectAllWell(tokens.open());
    elsewhere.dispose();
  });

  it('A3 syncs the new file before it takes the old one’s place, and the folder after', async () => {
    await worthCompacting();
    const seen: string[] = [];
    await atEachSync(async (file) => {
      const what = (await file.stat()).isDirectory() ? 'folder' : 'draft';
      seen.push(`${what} ${isCompacted() ? 'after' : 'before'}`);
    });
    await sweep(tokens.openCompacting());
    expect(seen).toEqual(['draft before', 'folder after']);
  });

  it.each(['writeFile', 'sync'] as const)(
    'A3 leaves the file as it was if %s fails, fails no sweep for it, and comes with a later one',
    async (call) => {
      await worthCompacting();
      const before = tokens.text;
      const store = tokens.openCompacting();
      jest.spyOn(await fileHandles(), call).mockRejectedValueOnce(new Error('ENOSPC'));
      expect(await sweep(store)).toMatchObject({ more: false });
      expect(tokens.text).toBe(before);
      expect(tokens.warnings).toEqual([expect.stringContaining('ENOSPC')]);
      expect(readdirSync(tokens.folder)).toEqual(['api_token.txt']);
      await sweep(store);
      expect(isCompacted()).toBe(true);
      await expectAllWell(store);
    },
  );

  it('of a file that is mounted by itself is tried once, and again when another file is there', async () => {
    await worthCompacting();
    const store = tokens.openCompacting();
    const busy = Object.assign(new Error('EBUSY: resource busy or locked, rename'), { code: 'EBUSY' });
    const publish = jest.spyOn(HeldLock.prototype, 'publish').mockImplementation(() => {
      throw busy;
    });
    for (let minute = 0; minute < 5; minute += 1) await sweep(store);
    expect(publish).toHaveBeenCalledTimes(1);
    expect(tokens.warnings).toEqual([
      expect.stringContaining(`${tokens.path} cannot be replaced (EBUSY) and grows`),
    ]);
    expect(readdirSync(tokens.folder)).toEqual(['api_token.txt']);
    await expectAllWell(store);
    publish.mockRestore();
    copyFileSync(tokens.path, `${tokens.path}.copy`);
    renameSync(`${tokens.path}.copy`, tokens.path);
    await sweep(store);
    expect(isCompacted()).toBe(true);
    await expectAllWell(store);
  });

  describe('A3 A4 with a rival between its reading and its renaming', () => {
    it.each([
      ['put', rivalPuts],
      ['revoke', `await store.revoke('good', {}, ${START});`],
    ])('%s in another process waits, and is not lost', async (verb, script) => {
      await worthCompacting();
      let rival: Promise<string> | undefined;
      await atNextSync(async () => {
        rival = processes.withStore(tokens.folder, `${script} say('done');`);
        expect(await Promise.race([rival, later(700)])).toBe('later');
      });
      await sweep(tokens.openCompacting());
      expect(await rival).toBe('done\n');
      expect(isCompacted()).toBe(true);
      const store = tokens.open();
      expect([await isGood(store, 'rival'), await isGood(store, 'good')]).toEqual([
        verb === 'put',
        verb === 'put',
      ]);
    });

    it.each([
      ['put', rivalPuts],
      ['revoke', `await store.revoke('good', {}, ${START});`],
      ['a whole compaction', compacting],
      ['one that wrote nothing', ''],
    ])('%s that broke its lock is kept, and it gives up', async (verb, script) => {
      await worthCompacting();
      let between = '';
      await atNextSync(async () => {
        breakLock();
        await processes.withStore(tokens.folder, script);
        between = tokens.text;
      });
      await sweep(tokens.openCompacting());
      expect(tokens.text).toBe(between);
      expect(isCompacted()).toBe(verb === 'a whole compaction');
      const store = tokens.open();
      expect(await isGood(store, 'rival')).toBe(verb === 'put');
      expect(await isGood(store, 'good')).toBe(verb !== 'revoke');
    });

    it('a program that knows no lock and appends makes it give up', async () => {
      await worthCompacting();
      await atNextSync(async () => appendFileSync(tokens.path, 'late 2026-01-02T00:00:00Z\n'));
      const store = tokens.openCompacting();
      await sweep(store);
      expect(isCompacted()).toBe(false);
      expect(await isGood(store, 'late')).toBe(true);
      await sweep(store);
      expect(isCompacted()).toBe(true);
      expect(await isGood(store, 'late')).toBe(true);
    });
  });

  describe('A2 A4 with a compaction between a line’s fsync and the answer', () => {
    it.each([
      ['put', (store: FileApiTokenStore) => store.put(tokenOf('alice', 'new'), START)],
      ['revoke', (store: FileApiTokenStore) => store.revoke('good', {}, START)],
    ] as const)('%s whose lock was broken writes its line again', async (verb, call) => {
      await worthCompacting();
      const store = tokens.open();
      // The rival reads before our line is there and renames after: at the former moment our lock is broken.
      const write = (await fileHandles()).write as (...given: unknown[]) => Promise<unknown>;
      jest.spyOn(await fileHandles(), 'write').mockImplementationOnce(async function (
        this: FileHandle,
        ...given
      ) {
        breakLock();
        await sweep(tokens.openCompacting());
        return write.apply(this, given) as never;
      });
      const answer = await call(store);
      expect(isCompacted()).toBe(true);
      if (verb === 'revoke') expect(answer).toMatchObject({ jti: 'good' });
      for (const each of [store, tokens.open()]) {
        expect(await isGood(each, verb === 'put' ? 'new' : 'good')).toBe(verb === 'put');
      }
    });

    it('put is not answered while a rival that read before its line has yet to rename', async () => {
      await worthCompacting();
      const store = tokens.open();
      const files = await fileHandles();
      const write = files.write as (...given: unknown[]) => Promise<unknown>;
      jest.spyOn(files, 'write').mockImplementationOnce(async function (this: FileHandle, ...given) {
        breakLock();
        const rival = await new FileLock(`${tokens.path}.lock`).acquire();
        writeFileSync(rival.draft, await compacted(readFileSync(tokens.path), START));
        setTimeout(() => {
          rival.publish(tokens.path);
          void rival.release();
        }, 200);
        return write.apply(this, given) as never;
      });
      await store.put(tokenOf('alice', 'new'), START);
      expect(isCompacted()).toBe(true);
      expect(await isGood(tokens.open(), 'new')).toBe(true);
    });

    it('gives up, and says so, when the file is taken away each time', async () => {
      const store = tokens.open();
      await atEachSync(async () => rmSync(tokens.path, { force: true }));
      await expect(store.put(tokenOf('alice', 'new'), START)).rejects.toThrow('taken away');
    });
  });

  describe('kill -9', () => {
    const killedAt = (sync: number) => `
      const handle = await open('/dev/null');
      const files = Object.getPrototypeOf(handle);
      const { sync } = files;
      let count = 0;
      files.sync = function () {
        count += 1;
        if (count === ${sync}) process.kill(process.pid, 'SIGKILL');
        return sync.call(this);
      };`;
    it.each([
      ['right before it renames, holding the lock', 1, false],
      ['right after it renamed', 2, true],
    ])('A3 %s leaves a whole file and holds up nobody', async (_when, sync, isDone) => {
      await worthCompacting();
      const run = processes.withStore(tokens.folder, `${killedAt(sync)}${compacting}`);
      await expect(run).rejects.toMatchObject({ signal: 'SIGKILL' });
      expect(isCompacted()).toBe(isDone);
      const store = tokens.openCompacting();
      await expectAllWell(store);
      const start = performance.now();
      await store.put(tokenOf('alice', 'new'), START);
      // A lock that is held is waited for, ten seconds long.
      expect(performance.now() - start).toBeLessThan(9000);
      await sweep(store);
      expect(isCompacted()).toBe(true);
      expect(await isGood(tokens.open(), 'new')).toBe(true);
      expect(readdirSync(tokens.folder)).toEqual(['api_token.txt']);
    });
  });

  describe('the last use of a token', () => {
    const lastUsed = async (store: FileApiTokenStore) =>
      (await store.listByUser('alice', START)).map(({ lastAccessed }) => lastAccessed);
    const uses = () => tokens.lines.filter((line) => line.includes(' used=')).length;

    it('is exact here at once, and elsewhere and later after the next sweep', async () => {
      const store = tokens.open();
      await store.put(tokenOf('alice', 'jti-1'), START);
      await isGood(store, 'jti-1');
      expect([await lastUsed(store), await lastUsed(tokens.open())]).toEqual([[START], [undefined]]);
      const follower = tokens.open();
      await follower.ping();
      await sweep(store);
      expect([await lastUsed(follower), await lastUsed(tokens.open())]).toEqual([[START], [START]]);
    });

    it('is written at most once in five minutes for each token, however often it is used', async () => {
      const store = tokens.open();
      await store.put(tokenOf('alice', 'jti-1', { expiresAt: START + 2 * HOUR }), START);
      for (let second = 0; second <= 900; second += 1) {
        await store.access('jti-1', signedBy('alice'), START + second * 1000);
        if (second % 60 === 0) await store.sweepExpired(START + second * 1000, AT_EASE);
      }
      expect(uses()).toBe(4);
      expect(await lastUsed(store)).toEqual([START + 900_000]);
    });

    it('is written on closing, though not of tokens that are gone, nor by a store that saw none', async () => {
      const [store, other] = [tokens.open(), tokens.open()];
      for (const jti of ['jti-1', 'jti-2']) await store.put(tokenOf('alice', jti), START);
      for (const jti of ['jti-1', 'jti-2']) await isGood(store, jti);
      await other.revoke('jti-2', {}, START);
      await other.close();
      await store.close();
      expect(uses()).toBe(1);
      expect(await lastUsed(tokens.open())).toEqual([START]);
    });

    it('closing a store whose file is gone makes no new one', async () => {
      const store = tokens.open();
      await store.put(tokenOf('alice', 'jti-1'), START);
      await isGood(store, 'jti-1');
      rmSync(tokens.folder, { recursive: true });
      await store.close();
      expect(() => statSync(tokens.folder)).toThrow('ENOENT');
    });

    it('survives a compaction, here before it was written and everywhere after', async () => {
      await worthCompacting();
      const store = tokens.open(0, { compactAbove: 0 });
      await isGood(store, 'good');
      await sweep(tokens.openCompacting());
      expect(isCompacted()).toBe(true);
      expect(await lastUsed(store)).toEqual([START]);
      await store.close();
      expect(await lastUsed(tokens.open())).toEqual([START]);
    });

    it('R6 a disk that takes no note of it fails no access, no sweep and no closing, and loses nothing', async () => {
      const store = tokens.open();
      await store.put(tokenOf('alice', 'jti-1'), START);
      await isGood(store, 'jti-1');
      const broken = jest.spyOn(await fileHandles(), 'write').mockRejectedValue(new Error('ENOSPC'));
      expect(await sweep(store)).toEqual({ removed: 0, more: false });
      await store.close();
      expect(await isGood(store, 'jti-1')).toBe(true);
      expect(tokens.warnings).toHaveLength(2);
      broken.mockRestore();
      await store.close();
      expect(await lastUsed(tokens.open())).toEqual([START]);
    });
  });

  /** Breaks the lock, as one who waits does that has seen no heartbeat. */
  function breakLock(): void {
    const lock = `${tokens.path}.lock`;
    for (const owner of readdirSync(lock)) rmSync(join(lock, owner));
  }
});

function lineOf(jti: string, expiresAt = START + HOUR): string {
  return formatEntry({ kind: 'registered', record: tokenOf('alice', jti, { expiresAt }) });
}

function later(milliseconds: number): Promise<string> {
  return new Promise((resolve) => void setTimeout(() => resolve('later'), milliseconds));
}

/** Does something each time that a file or a folder of this process has been synced. */
async function atEachSync(act: (file: FileHandle) => Promise<void>) {
  const files = await fileHandles();
  const sync = files.sync;
  return jest.spyOn(files, 'sync').mockImplementation(async function (this: FileHandle) {
    await sync.call(this);
    await act(this);
  });
}

/** The same, the first time only. */
async function atNextSync(act: () => Promise<void>): Promise<void> {
  const spy = await atEachSync(() => {
    spy.mockRestore();
    return act();
  });
}
