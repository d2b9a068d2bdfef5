import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { appendFileSync, readdirSync, rmSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { formatEntry } from '../../src/stores/file/api-token-line.js';
import type { FileApiTokenStore } from '../../src/stores/file/file-api-token.store.js';
import { fileHandles } from './file-handles.js';
import { OtherProcesses } from './other-process.js';
import { AT_EASE, HOUR, isGood, signedBy, START, TokenFolder, tokenOf } from './token-folder.js';

const LATER = START + 1000;
const FOREIGN = 'foreign 2026-01-02T00:00:00.250000';

describe('an end of all API tokens in the file', () => {
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

  const erasIn = (lines: readonly string[]) =>
    lines.flatMap((line) => / (?:ended-all|era)=\d+/.exec(line)?.[0].trim() ?? []);

  it('R2 is one line, however many tokens there are', async () => {
    const store = tokens.open();
    for (let index = 0; index < 20; index += 1) await store.put(tokenOf('alice', `jti-${index}`), START);
    expect(await store.revokeAll(START)).toBe(20);
    expect(tokens.lines).toHaveLength(21);
  });

  it('R2 ends what other stores on the file have put, and stays for one opened later', async () => {
    const [here, there] = [tokens.open(), tokens.open()];
    await here.put(tokenOf('alice', 'jti-1'), START);
    await there.put(tokenOf('bob', 'jti-2'), START);
    expect(await there.revokeAll(START)).toBe(2);
    for (const store of [here, there, tokens.open()]) {
      expect([await isGood(store, 'jti-1'), await isGood(store, 'jti-2', 'bob')]).toEqual([false, false]);
      expect(await store.browse({ limit: 10 }, START)).toEqual({ records: [] });
    }
  });

  it('R2 A4 counts its era on in every process, and leaves good what was put in the last', async () => {
    const script = `
      await store.put({ jti: args[0], username: 'alice', expiresAt: ${START + HOUR} }, Number(args[1]) - 1);
      say(String(await store.revokeAll(Number(args[1]))));`;
    const here = tokens.open();
    const goods: boolean[] = [];
    for (let turn = 1; turn <= 3; turn += 1) {
      const now = START + turn * 10;
      const ended = await processes.withStore(tokens.folder, script, `there-${turn}`, `${now}`);
      expect(ended).toBe(turn === 1 ? '1\n' : '2\n');
      await here.put(tokenOf('alice', `here-${turn}`), now + 1);
      goods.push(await isGood(here, `there-${turn}`), await isGood(here, `here-${turn}`));
    }
    expect(goods).toEqual([false, true, false, true, false, true]);
    const listed = await tokens.open().listByUser('alice', LATER);
    expect(listed.map(({ jti }) => jti)).toEqual(['here-3']);
    expect(erasIn(tokens.lines)).toEqual([
      'ended-all=1',
      'era=1',
      'era=1',
      'ended-all=2',
      'era=2',
      'era=2',
      'ended-all=3',
      'era=3',
    ]);
  });

  it('R2 A4 of stores that end all at the same time each begins an era of its own', async () => {
    const stores = [tokens.open(), tokens.open(), tokens.open()];
    await stores[0]!.put(tokenOf('alice', 'jti-1'), START);
    const ended = await Promise.all(stores.map((store) => store.revokeAll(START)));
    expect(ended.sort()).toEqual([0, 0, 1]);
    expect(erasIn(tokens.lines)).toEqual(['ended-all=1', 'ended-all=2', 'ended-all=3']);
  });

  it.each([
    ['as it was written', () => tokens.open()],
    ['compacted', () => compactedStore()],
  ])('R2 revives nothing when a line of an earlier era is appended again to the file %s', async (_, open) => {
    const store = tokens.open();
    await store.put(tokenOf('alice', 'jti-1'), START);
    await store.revokeAll(START);
    await store.put(tokenOf('alice', 'jti-2'), LATER);
    const lines = tokens.text;
    await store.revokeAll(LATER);
    await store.put(tokenOf('alice', 'jti-3'), LATER + 1);
    const after = await open();
    appendFileSync(tokens.path, lines);
    for (const each of [store, after, tokens.open()]) {
      const listed = await each.listByUser('alice', LATER);
      expect(listed.map(({ jti }) => jti)).toEqual(['jti-3']);
      expect([await isGood(each, 'jti-1'), await isGood(each, 'jti-2')]).toEqual([false, false]);
    }
  });

  it('R2 of plantdb’s tokens lets in those that were registered and signed after it, and no others', async () => {
    tokens.write(FOREIGN, '');
    const store = tokens.open();
    const admits = async (issuedAt: number, each: FileApiTokenStore = store) =>
      (await each.access('foreign', signedBy('alice', issuedAt), LATER)) !== undefined;
    expect(await admits(START)).toBe(true);
    await store.revokeAll(START);
    expect([await admits(START), await admits(LATER)]).toEqual([false, false]);
    appendFileSync(tokens.path, `${FOREIGN}\n`);
    expect([await admits(START), await admits(LATER)]).toEqual([false, true]);
    const compacted = await compactedStore();
    expect([await admits(START, compacted), await admits(LATER, compacted)]).toEqual([false, true]);
    expect(tokens.lines.filter((line) => line === FOREIGN)).toHaveLength(1);
  });

  it('is compacted to its line, and there is nothing more to compact then', async () => {
    tokens.write(...Array.from({ length: 20 }, (_, index) => `foreign-${index} 2026-01-02T00:00:00Z`), '');
    const store = tokens.openCompacting();
    for (let index = 0; index < 20; index += 1) await store.put(tokenOf('alice', `jti-${index}`), START);
    await store.revokeAll(START);
    await store.sweepExpired(START, AT_EASE);
    expect(tokens.lines).toEqual([
      expect.stringContaining(' compacted='),
      formatEntry({ kind: 'ended-all', era: 1, at: START }),
    ]);
    const before = tokens.text;
    await store.sweepExpired(START, AT_EASE);
    expect(tokens.text).toBe(before);
  });

  it('R2 a put whose line comes after it, since the lock was lost, answers that nothing is registered', async () => {
    const store = tokens.open();
    const write = (await fileHandles()).write as (...given: unknown[]) => Promise<unknown>;
    jest.spyOn(await fileHandles(), 'write').mockImplementationOnce(async function (
      this: FileHandle,
      ...given
    ) {
      const lock = `${tokens.path}.lock`;
      for (const owner of readdirSync(lock)) rmSync(join(lock, owner));
      // Its clock is behind ours, so that the cut-off alone refuses nothing.
      await tokens.open().revokeAll(START - 1000);
      return write.apply(this, given) as never;
    });
    expect(await store.put(tokenOf('alice', 'jti-1'), START)).toBe(false);
    expect(await isGood(store, 'jti-1')).toBe(false);
    expect(await store.put(tokenOf('alice', 'jti-2'), START)).toBe(true);
    expect(await isGood(tokens.open(), 'jti-2')).toBe(true);
  });

  async function compactedStore(): Promise<FileApiTokenStore> {
    const padding = Array.from({ length: 40 }, (_, index) =>
      formatEntry({ kind: 'registered', record: tokenOf('alice', `over-${index}`, { expiresAt: START }) }),
    );
    appendFileSync(tokens.path, `${padding.join('\n')}\n`);
    const store = tokens.openCompacting();
    await store.sweepExpired(LATER, AT_EASE);
    expect(tokens.lines[0]).toContain(' compacted=');
    return store;
  }
});
