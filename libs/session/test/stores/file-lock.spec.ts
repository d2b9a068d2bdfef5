import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { FileLock, type HeldLock } from '../../src/stores/file/file-lock.js';

describe('the lock between processes', () => {
  let folder: string;
  let path: string;
  let lock: FileLock;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'nsm-lock-'));
    path = join(folder, 'file.lock');
    lock = new FileLock(path);
  });
  afterEach(() => {
    jest.restoreAllMocks();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Makes the present owner look as if it belonged to that process; answers the new name of its file. */
  const pretend = (held: HeldLock, rename: (name: string) => string) => {
    const name = held.draft.slice(path.length + 1);
    renameSync(held.draft, join(path, rename(name)));
    return join(path, rename(name));
  };
  const ofProcess = (pid: number) => (name: string) => name.replace(/^\d+/, String(pid));
  const elsewhere = (name: string) => `${name}-elsewhere`;
  /** Lets the clock by which a waiter judges a heartbeat run faster. */
  const hurry = (factor: number) => {
    const now = performance.now.bind(performance);
    const start = now();
    jest.spyOn(performance, 'now').mockImplementation(() => start + (now() - start) * factor);
  };

  it('is one owner’s at a time, of however many that want it', async () => {
    let inside = 0;
    let most = 0;
    await Promise.all(
      Array.from({ length: 20 }, async () => {
        const held = await new FileLock(path).acquire();
        inside += 1;
        most = Math.max(most, inside);
        await setTimeout(2);
        expect(held.isHeld()).toBe(true);
        inside -= 1;
        await held.release();
      }),
    );
    expect(most).toBe(1);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('A1 is a folder of mode 0700 and a file of mode 0600, whatever the umask', async () => {
    const umask = process.umask(0);
    try {
      const held = await lock.acquire();
      expect(statSync(path).mode & 0o777).toBe(0o700);
      expect(statSync(held.draft).mode & 0o777).toBe(0o600);
      await held.release();
    } finally {
      process.umask(umask);
    }
  });

  it('of an owner that is dead is broken at once', async () => {
    const dead = Number(execFileSync(process.execPath, ['-p', 'process.pid'], { encoding: 'utf8' }));
    pretend(await lock.acquire(), ofProcess(dead));
    const start = performance.now();
    const held = await lock.acquire();
    // That of one alive is waited for, ten seconds long.
    expect(performance.now() - start).toBeLessThan(9000);
    await held.release();
  });

  it('of an owner that lives and beats is not broken, however long it takes', async () => {
    const held = await lock.acquire();
    hurry(8);
    const beating = setInterval(() => utimesSync(held.draft, new Date(), new Date()), 20);
    await expect(lock.acquire()).rejects.toThrow('locked by another process');
    clearInterval(beating);
    expect(held.isHeld()).toBe(true);
    expect(readdirSync(folder)).toEqual(['file.lock']);
    await held.release();
  });

  it.each([
    ['this process', (name: string) => name, `process ${process.pid} on ${hostname()},`],
    ['one of another container', (name: string) => name.replace(/\d+%5D$/, '1%5D'), ` on ${hostname()},`],
    ['something without a number', () => 'something', 'by "something",'],
  ])('A6 that is not to be had says which it is, whose, and how old: %s', async (_whose, rename, owner) => {
    const held = await lock.acquire();
    const file = pretend(held, rename);
    hurry(20);
    const beating = setInterval(() => utimesSync(file, new Date(), new Date(Date.now() + 1)), 20);
    const refusal = await lock.acquire().catch(String);
    clearInterval(beating);
    expect(refusal).toContain(`${path} is locked by another process for more than 10 s`);
    expect(refusal).toContain(owner);
    expect(refusal).toMatch(/which took it \d+(\.\d)? s ago and touched it 0(\.\d)? s ago$/);
    rmSync(file);
  });

  it('beats every second while it is held', async () => {
    const held = await lock.acquire();
    utimesSync(held.draft, 1, 1);
    while (statSync(held.draft).mtimeMs < 2000) await setTimeout(50);
    expect(statSync(held.draft).mtimeMs).toBeGreaterThan(2000);
    await held.release();
  });

  it.each([
    ['of another machine', elsewhere],
    ['whose number now is another process’s', ofProcess(process.ppid)],
    ['that is no owner at all', () => 'something'],
  ])('of an owner %s is broken when it has not beaten for five seconds', async (_whose, rename) => {
    const left = pretend(await lock.acquire(), rename);
    hurry(50);
    const held = await lock.acquire();
    expect(existsSync(left)).toBe(false);
    expect(held.isHeld()).toBe(true);
    await held.release();
  });

  it('of several that find it stale at the same time one wins, and then the next', async () => {
    for (let round = 0; round < 10; round += 1) {
      pretend(await lock.acquire(), ofProcess(2 ** 22 + 1));
      let inside = 0;
      await Promise.all(
        Array.from({ length: 8 }, async () => {
          const held = await new FileLock(path).acquire();
          inside += 1;
          expect(inside).toBe(1);
          await setTimeout(1);
          expect(held.isHeld()).toBe(true);
          inside -= 1;
          await held.release();
        }),
      );
    }
  });

  it('that was broken is known to be lost, and stays lost when the next owner has given it back', async () => {
    const held = await lock.acquire();
    rmSync(held.draft);
    const next = await lock.acquire();
    expect(held.isHeld()).toBe(false);
    await held.release();
    expect(next.isHeld()).toBe(true);
    await next.release();
    expect(held.isHeld()).toBe(false);
  });

  it('publishes its draft and gives itself back in one step', async () => {
    const held = await lock.acquire();
    writeFileSync(held.draft, 'new');
    held.publish(join(folder, 'file'));
    const next = await lock.acquire();
    expect(readFileSync(join(folder, 'file'), 'utf8')).toBe('new');
    await held.release();
    expect(next.isHeld()).toBe(true);
    await next.release();
  });

  it('that was broken publishes nothing, whoever has it now', async () => {
    const held = await lock.acquire();
    writeFileSync(held.draft, 'new');
    rmSync(held.draft);
    const next = await lock.acquire();
    expect(() => held.publish(join(folder, 'file'))).toThrow('ENOENT');
    expect(existsSync(join(folder, 'file'))).toBe(false);
    expect(next.isHeld()).toBe(true);
    await next.release();
  });

  it.each([
    ['a file', () => writeFileSync(path, '')],
    ['a link to a folder', () => symlinkSync(tmpdir(), path)],
    [
      'a folder that others may write',
      () => {
        mkdirSync(path);
        writeFileSync(join(path, 'theirs'), '');
        chmodSync(path, 0o777);
      },
    ],
  ])('A1 with %s in its place is refused, and nothing is removed', async (_what, spoil) => {
    spoil();
    await expect(lock.acquire()).rejects.toThrow();
    expect(readdirSync(folder)).toEqual(['file.lock']);
    if (lstatSync(path).isDirectory()) expect(readdirSync(path)).toEqual(['theirs']);
  });

  it('tidies up what dead processes left, and what is an hour old, and nothing else', async () => {
    const held = await lock.acquire();
    const owner = held.draft.slice(path.length + 1);
    await held.release();
    const dead = `file.lock-${ofProcess(2 ** 22 + 1)(owner)}`;
    const alive = `file.lock-${owner}`;
    const longAgo = new Date(Date.now() - 3_700_000);
    for (const name of [dead, alive, 'file.lock-old', 'file.lock-fresh', 'other'])
      mkdirSync(join(folder, name));
    for (const name of ['file.lock-old', 'other']) utimesSync(join(folder, name), longAgo, longAgo);
    await lock.tidy();
    expect(readdirSync(folder).sort()).toEqual([alive, 'file.lock-fresh', 'other'].sort());
  });
});
