import { closeSync, constants, fstatSync, openSync, statSync, type Stats } from 'node:fs';
import { mkdir, open, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { MaybePromise } from '../../util/maybe-promise.js';
import { FileLock, type HeldLock } from './file-lock.js';
import { countEnds, eachLineOf, NEWLINE } from './lines.js';
import {
  CAREFULLY,
  checkTrustedFile,
  codeOf,
  explained,
  notWritable,
  readAt,
  syncFolder,
} from './trusted-file.js';

const { O_APPEND, O_CREAT, O_RDONLY, O_RDWR, O_WRONLY } = constants;
/** How much one look reads. A longer line is none of ours, and its beginning stands for it. */
const PIECE = 32_768;
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
  readonly lines: Iterable<Buffer>;
  readonly from: number;
  /** Whether something was read, and the next look may find more. */
  readonly more: boolean;
}

/** Which file was read, how far and how many lines, and the first and last bytes of that. */
interface Reading {
  readonly inode: number;
  bytes: number;
  lines: number;
  head: Buffer;
  end: Buffer;
  /** Whether that ends within a line that is too long to be ours; it is not among `lines` yet. */
  isCut: boolean;
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
  #read = nothingRead();

  constructor(readonly path: string) {
    this.#lock = new FileLock(`${path}.lock`);
  }

  /** How much of the file has been seen. */
  get seen(): { readonly inode: number; readonly bytes: number; readonly lines: number } {
    return this.#read;
  }

  /** The next look begins at the first line, as that of another file. */
  forget(): void {
    this.#read = nothingRead(FORGOTTEN);
  }

  /** Whole lines that were not there at the last look, as many as can be read in no time. A missing file is an empty one. */
  look(): News {
    let file: number;
    try {
      file = openSync(this.path, O_RDONLY | CAREFULLY);
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') throw explained(this.path, error);
      const anew = this.#read.inode !== MISSING;
      this.#read = nothingRead();
      return { anew, lines: [], from: 1, more: false };
    }
    try {
      const stats = fstatSync(file);
      checkTrustedFile(this.path, stats);
      return this.#follow(file, stats);
    } finally {
      closeSync(file);
    }
  }

  /** Appends what `decide` says when nobody else can write; resolves when it is on disk for good. */
  async append<T>(decide: () => Promise<Decision<T>>): Promise<T> {
    await this.#makeFolder();
    let decision: Decision<T> | undefined;
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const lock = await this.#lock.acquire();
      try {
        decision ??= await decide();
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
  async rewrite(rewrite: (bytes: Buffer) => MaybePromise<Buffer | undefined>): Promise<void> {
    const lock = await this.#lock.acquire();
    try {
      const file = await open(this.path, O_RDONLY | CAREFULLY);
      try {
        checkTrustedFile(this.path, await file.stat());
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
    const piece = readAt(file, read.bytes, Math.min(size - read.bytes, PIECE));
    const end = piece.lastIndexOf(NEWLINE) + 1;
    const isCut = end === 0 && (read.isCut || piece.length === PIECE);
    const taken = isCut ? piece : piece.subarray(0, end);
    const lines = eachLineOf(taken);
    // Its beginning was among the lines before.
    if (read.isCut) lines.next();
    const from = read.lines + (read.isCut ? 2 : 1);
    if (read.bytes === 0) read.head = Buffer.from(taken.subarray(0, REMEMBERED_BYTES));
    if (taken.length > 0) read.end = Buffer.from(taken.subarray(-REMEMBERED_BYTES));
    read.bytes += taken.length;
    read.lines += countEnds(taken);
    read.isCut = isCut;
    return { anew, lines, from, more: taken.length > 0 };
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
    const file = await this.#openForWriting();
    try {
      const stats = await file.stat();
      checkTrustedFile(this.path, stats);
      await appendWhole(file, stats.size, lines, lock);
      await this.#syncName(stats.ino);
      return lock.isHeld() && statSync(this.path, { throwIfNoEntry: false })?.ino === stats.ino;
    } finally {
      await file.close();
    }
  }

  async #makeFolder(): Promise<void> {
    const folder = dirname(this.path);
    try {
      await mkdir(folder, { recursive: true, mode: 0o700 });
    } catch (error) {
      throw notWritable(folder, error);
    }
  }

  async #openForWriting(): Promise<FileHandle> {
    try {
      return await open(this.path, O_RDWR | O_APPEND | O_CREAT | CAREFULLY, 0o600);
    } catch (error) {
      throw notWritable(this.path, explained(this.path, error));
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

/** Numbers that no file has. */
const MISSING = -1;
const FORGOTTEN = -2;

function nothingRead(inode = MISSING): Reading {
  const [head, end] = [Buffer.alloc(0), Buffer.alloc(0)];
  return { inode, bytes: 0, lines: 0, head, end, isCut: false, isNameOnDisk: false };
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
