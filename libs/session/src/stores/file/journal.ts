import { closeSync, constants, fstatSync, openSync, statSync, type Stats } from 'node:fs';
import { mkdir, open, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { FileLock, type HeldLock } from './file-lock.js';
import { linesOf, NEWLINE } from './lines.js';
import { CAREFULLY, checkTrustedFile, codeOf, readAt, syncFolder } from './trusted-file.js';

const { O_APPEND, O_CREAT, O_RDONLY, O_RDWR, O_WRONLY } = constants;
/** More than one line of ours, which ends in a checksum. */
const REMEMBERED_BYTES = 128;
/** How often a line is written again whose place was taken away meanwhile. */
const ATTEMPTS = 5;

/** What is to be appended, and what to answer when it is on disk. */
export interface Decision<T> {
  readonly lines: readonly string[];
  readonly answer: T;
}

/** The lines that a look found, the first of which has that number. */
export interface News {
  /** Whether they are of another file than the last look's, so that nothing seen before counts. */
  readonly anew: boolean;
  readonly lines: readonly Buffer[];
  readonly from: number;
}

/** Which file was read, how far and how many lines, and the first and last bytes of that. */
interface Reading {
  readonly inode: number;
  bytes: number;
  lines: number;
  head: Buffer;
  end: Buffer;
  /** Whether the folder is known to lead to this file after a crash of the machine. */
  isNameOnDisk: boolean;
}

/**
 * A file of lines that several processes follow, append to, and rewrite.
 *
 * Whoever writes holds the lock, and a reader needs none: it sees lines appended whole, or another file in the
 * old one's place. A line counts as written when, after its `fsync`, the lock is found to be ours still. Then
 * whoever rewrites the file takes the lock after that, and reads the line. Otherwise it is appended once more, to
 * the file that is there then; nothing may mind a line that is there twice.
 */
export class Journal {
  readonly #lock: FileLock;
  #read = nothingRead(0);

  constructor(readonly path: string) {
    this.#lock = new FileLock(`${path}.lock`);
  }

  /** How much of the file has been seen. */
  get seen(): { readonly bytes: number; readonly lines: number } {
    return this.#read;
  }

  /** Whole lines that were not there at the last look. A missing file is an empty one. */
  look(): News {
    let file: number;
    try {
      file = openSync(this.path, O_RDONLY | CAREFULLY);
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') throw error;
      this.#read = nothingRead(0);
      return { anew: true, lines: [], from: 1 };
    }
    try {
      const stats = fstatSync(file);
      checkTrustedFile(stats);
      return this.#follow(file, stats);
    } finally {
      closeSync(file);
    }
  }

  /** Appends what `decide` says when nobody else can write; resolves when it is on disk for good. */
  async append<T>(decide: () => Decision<T>): Promise<T> {
    await mkdir(dirname(this.path), { recursive: true, mode: 0o700 });
    let decision: Decision<T> | undefined;
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const lock = await this.#lock.acquire();
      try {
        decision ??= decide();
        if (decision.lines.length === 0 || (await this.#write(decision.lines, lock))) return decision.answer;
      } finally {
        await lock.release();
      }
    }
    throw new Error('The file of API tokens was taken away each time that a line was appended');
  }

  /**
   * Replaces the file by what `rewrite` makes of it, unless that is nothing. The old file is there until the new one
   * is whole and on disk, and stays if anything fails, if the lock was broken, or if a program that does not know
   * the lock has appended meanwhile.
   */
  async rewrite(rewrite: (bytes: Buffer) => Promise<Buffer | undefined>): Promise<void> {
    const lock = await this.#lock.acquire();
    try {
      const file = await open(this.path, O_RDONLY | CAREFULLY);
      try {
        checkTrustedFile(await file.stat());
        const before = await file.readFile();
        const after = await rewrite(before);
        if (after === undefined) return;
        await writeDraft(lock.draft, after);
        // In one go, since the fewer moments there are for a program that knows no lock, the better.
        const { ino, size } = fstatSync(file.fd);
        if (size !== before.length || statSync(this.path).ino !== ino) return;
        lock.publish(this.path);
      } finally {
        await file.close();
      }
      await syncFolder(dirname(this.path));
      await this.#lock.tidy();
    } finally {
      await lock.release();
    }
  }

  #follow(file: number, { ino, size }: Stats): News {
    const anew = ino !== this.#read.inode || !this.#isContinued(file, size);
    if (anew) this.#read = nothingRead(ino);
    const read = this.#read;
    const from = read.lines + 1;
    const more = readAt(file, read.bytes, size - read.bytes);
    const whole = more.subarray(0, more.lastIndexOf(NEWLINE) + 1);
    const lines = linesOf(whole);
    if (read.bytes === 0) read.head = whole.subarray(0, REMEMBERED_BYTES);
    if (whole.length > 0) read.end = whole.subarray(-REMEMBERED_BYTES);
    read.bytes += whole.length;
    read.lines += lines.length;
    return { anew, lines, from };
  }

  /** Whether the file still holds what was read of it: a new one may have got the old one's inode. */
  #isContinued(file: number, size: number): boolean {
    const { bytes, head, end } = this.#read;
    return (
      size >= bytes &&
      readAt(file, 0, head.length).equals(head) &&
      readAt(file, bytes - end.length, end.length).equals(end)
    );
  }

  /** Appends to the file that is there; answers whether it has stayed there, and the lock ours. */
  async #write(lines: readonly string[], lock: HeldLock): Promise<boolean> {
    const file = await open(this.path, O_RDWR | O_APPEND | O_CREAT | CAREFULLY, 0o600);
    try {
      const stats = await file.stat();
      checkTrustedFile(stats);
      await appendWhole(file, stats.size, lines, lock);
      await this.#syncName(stats.ino);
      return lock.isHeld() && statSync(this.path, { throwIfNoEntry: false })?.ino === stats.ino;
    } finally {
      await file.close();
    }
  }

  /** Once for each file: whoever made it, or put it here, may have died before its name was on disk. */
  async #syncName(inode: number): Promise<void> {
    const isRead = inode === this.#read.inode;
    if (isRead && this.#read.isNameOnDisk) return;
    await syncFolder(dirname(this.path));
    if (isRead) this.#read.isNameOnDisk = true;
  }
}

function nothingRead(inode: number): Reading {
  return { inode, bytes: 0, lines: 0, head: Buffer.alloc(0), end: Buffer.alloc(0), isNameOnDisk: false };
}

/** Puts all of the lines on disk or, as far as the disk obeys, none. */
async function appendWhole(
  file: FileHandle,
  size: number,
  lines: readonly string[],
  lock: HeldLock,
): Promise<void> {
  const { buffer } = await file.read(Buffer.alloc(1), 0, 1, Math.max(0, size - 1));
  // A torn last line, as a crash leaves it, must not swallow the next one.
  const start = size > 0 && buffer[0] !== NEWLINE ? '\n' : '';
  const text = Buffer.from(`${start}${lines.join('\n')}\n`);
  try {
    const { bytesWritten } = await file.write(text);
    if (bytesWritten < text.length) throw new Error('The disk took only part of a line');
    await file.sync();
  } catch (error) {
    const isOurs = (await file.stat()).size <= size + text.length && lock.isHeld();
    // What went wrong first is what counts; a line that stays was promised to nobody.
    if (isOurs) await file.truncate(size).catch(() => undefined);
    throw error;
  }
}

async function writeDraft(path: string, bytes: Buffer): Promise<void> {
  const draft = await open(path, O_WRONLY | CAREFULLY);
  try {
    await draft.writeFile(bytes);
    await draft.sync();
  } finally {
    await draft.close();
  }
}
