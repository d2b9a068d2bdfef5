import { randomBytes } from 'node:crypto';
import { existsSync, readlinkSync, renameSync } from 'node:fs';
import { lstat, mkdir, readdir, rename, rm, rmdir, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { printable } from '../../util/text.js';
import { checkTrustedFolder, codeOf, isOursAlone, notWritable } from './trusted-file.js';

/** All times in milliseconds. */
const HEARTBEAT = 1000;
const STALE_AFTER = 5000;
const WAIT_AT_MOST = 10_000;
const LEFT_BEHIND_AFTER = 3_600_000;

/**
 * A lock between processes: a folder that holds one file, which is named after the owner.
 *
 * - It is taken by renaming a folder, with that file already in it, into place. The kernel allows this only where
 *   no folder is, or (not on Windows) an empty one; so of several at a time one wins, and no lock is ever without an
 *   owner.
 * - It is given back by removing the file, and broken likewise. The name is the owner's alone and never used
 *   again, so whoever breaks a lock too late, or twice, breaks nobody else's.
 * - An owner whose file is there has had the lock all the time. One that slept while its lock was broken finds the
 *   file gone, and must take its work for undone.
 * - The file doubles as the draft of what is to be published. Renaming it out of the folder publishes it and gives
 *   the lock back in one step, a step that is impossible for an owner whose lock was broken.
 *
 * The lock of a process of this machine that is gone is broken at once. Any other is broken when its owner has not
 * touched the file for five seconds, by the watch of the one that waits: no two clocks are compared.
 */
export class FileLock {
  constructor(private readonly path: string) {}

  /** @throws Error if others hold the lock for longer than ten seconds. */
  async acquire(): Promise<HeldLock> {
    const owner = nameOfOwner();
    const folder = `${this.path}-${owner}`;
    try {
      await mkdir(folder, { mode: 0o700 });
      await writeFile(join(folder, owner), '', { flag: 'wx', mode: 0o600 });
      await this.#moveIn(folder);
    } catch (error) {
      await rm(folder, { recursive: true, force: true }).catch(() => undefined);
      throw notWritable(dirname(this.path), error);
    }
    return new HeldLock(this.path, owner);
  }

  /** Removes what processes left that were killed when they were about to take the lock. */
  async tidy(): Promise<void> {
    const folder = dirname(this.path);
    const prefix = `${basename(this.path)}-`;
    for (const name of await readdir(folder)) {
      if (!name.startsWith(prefix)) continue;
      const stats = await lstat(join(folder, name)).catch(() => undefined);
      if (stats === undefined || !isOursAlone(stats)) continue;
      const isLeft = isGone(name.slice(prefix.length)) || Date.now() - stats.mtimeMs > LEFT_BEHIND_AFTER;
      if (isLeft) await rm(join(folder, name), { recursive: true, force: true });
    }
  }

  async #moveIn(folder: string): Promise<void> {
    const deadline = performance.now() + WAIT_AT_MOST;
    let watched: Sighting | undefined;
    while (!(await this.#hasMovedIn(folder))) {
      if (performance.now() > deadline) throw new Error(await this.#refusal(watched));
      watched = await this.#watch(watched);
      if (watched && isStale(watched)) await rm(join(this.path, watched.owner), { force: true });
      else await setTimeout(1 + 9 * Math.random());
    }
  }

  async #hasMovedIn(folder: string): Promise<boolean> {
    try {
      await rename(folder, this.path);
      return true;
    } catch (error) {
      const code = codeOf(error);
      if (code === 'ENOTEMPTY' || code === 'EEXIST') return false;
      // Windows says so of any folder that is there, and an empty one has to go first.
      if (code === 'EPERM' && process.platform === 'win32') return rmdir(this.path).then(no, no);
      throw error;
    }
  }

  /** Who has the lock, and since when its heartbeat has been the one it is. */
  async #watch(before: Sighting | undefined): Promise<Sighting | undefined> {
    try {
      checkTrustedFolder(this.path, await lstat(this.path));
      const [owner] = await readdir(this.path);
      if (owner === undefined) return undefined;
      const { mtimeMs: heartbeat } = await lstat(join(this.path, owner));
      if (before?.owner === owner && before.heartbeat === heartbeat) return before;
      return { owner, heartbeat, since: performance.now() };
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return undefined;
      throw error;
    }
  }

  /** Which lock cannot be had, whose it is, and how old. */
  async #refusal(watched: Sighting | undefined): Promise<string> {
    const refusal = `${this.path} is locked by another process for more than ${WAIT_AT_MOST / 1000} s`;
    const stats = watched && (await lstat(join(this.path, watched.owner)).catch(() => undefined));
    if (watched === undefined || stats === undefined) return `${refusal}, each time by another one`;
    const [taken, touched] = [stats.birthtimeMs, stats.mtimeMs].map(secondsSince);
    return `${refusal}: by ${describedOwner(watched.owner)}, which took it ${taken} s ago and touched it ${touched} s ago`;
  }
}

/** The lock in the hands of this process. */
export class HeldLock {
  /** A file of ours, empty at first, for what is to be published. */
  readonly draft: string;
  readonly #heartbeat: NodeJS.Timeout;

  constructor(
    private readonly path: string,
    owner: string,
  ) {
    this.draft = join(path, owner);
    this.#heartbeat = setInterval(() => void this.#beat(), HEARTBEAT).unref();
  }

  /** Whether nobody else had the lock since it was acquired. */
  isHeld(): boolean {
    return existsSync(this.draft);
  }

  /** Puts the draft in the place of `path`, and gives the lock back. @throws Error if the lock was broken. */
  publish(path: string): void {
    renameSync(this.draft, path);
  }

  /** If the disk does not let us, the lock goes stale, which serves as well. */
  async release(): Promise<void> {
    clearInterval(this.#heartbeat);
    await rm(this.draft, { force: true }).catch(() => undefined);
    // An empty folder is as good as none; one that is not empty is the next owner's.
    await rmdir(this.path).catch(() => undefined);
  }

  async #beat(): Promise<void> {
    const now = new Date();
    await utimes(this.draft, now, now).catch(() => undefined);
  }
}

interface Sighting {
  readonly owner: string;
  readonly heartbeat: number;
  readonly since: number;
}

const no = () => false;

function isStale({ owner, since }: Sighting): boolean {
  return isGone(owner) || performance.now() - since > STALE_AFTER;
}

/** Where a number of a process means something: a machine, and a container in it. */
const MACHINE = encodeURIComponent(`${hostname()}${processNamespace()}`).slice(0, 128);

function nameOfOwner(): string {
  return `${process.pid}.${randomBytes(12).toString('hex')}.${MACHINE}`;
}

/** Whether the owner is a process of this machine that is no more. */
function isGone(owner: string): boolean {
  const { pid, machine } = partsOf(owner);
  if (machine !== MACHINE) return false;
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    return codeOf(error) === 'ESRCH';
  }
}

function partsOf(owner: string): { pid?: string; machine?: string } {
  return /^(?<pid>\d+)\.[0-9a-f]+\.(?<machine>.*)$/.exec(owner)?.groups ?? {};
}

/** For an operator: the name of the machine or container stands in front of its namespace. */
function describedOwner(owner: string): string {
  const { pid, machine = '' } = partsOf(owner);
  if (pid === undefined) return `"${printable(owner)}"`;
  const [host] = machine.split('pid%3A');
  return `process ${pid} on ${printable(host!)}`;
}

function secondsSince(time: number): number {
  return Math.round((Date.now() - time) / 100) / 10;
}

function processNamespace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return '';
  }
}
