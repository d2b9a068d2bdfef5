import { constants, lstatSync, readSync, type Stats } from 'node:fs';
import { access, open } from 'node:fs/promises';
import { dirname } from 'node:path';

const { O_NOFOLLOW, O_NONBLOCK } = constants;
const WRITABLE_BY_OTHERS = 0o022;

/** How to open what may have been put there by somebody else: not through a link, not waiting at a pipe. */
export const CAREFULLY = O_NOFOLLOW | O_NONBLOCK;

/** A file that somebody else can write would let them register tokens. */
export function checkTrustedFile(path: string, stats: Stats): void {
  const fault = stats.isFile() ? faultOf(path, stats, '600') : `${path} is no regular file: move it away`;
  if (fault !== undefined) throw new Error(fault);
}

/** In a folder of somebody else, or behind a link to one, there is nothing of ours to remove. */
export function checkTrustedFolder(path: string, stats: Stats): void {
  const fault = stats.isDirectory() ? faultOf(path, stats, '700') : `${path} is no folder: move it away`;
  if (fault !== undefined) throw new Error(fault);
}

export function isOursAlone(stats: Stats): boolean {
  return isOurs(stats) && !isWritableByOthers(stats);
}

/** The error of a file that would not open, in words that say what to do. */
export function explained(path: string, error: unknown): unknown {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return error;
  const fault = stats.isSymbolicLink()
    ? `${path} is a link, which is not followed: put the file itself there`
    : faultOf(path, stats, '600');
  return fault === undefined ? error : new Error(`${fault} (${codeOf(error)})`, { cause: error });
}

/**
 * Leaves nothing behind.
 *
 * @throws Error if nothing can be appended to the file, or made in its folder, or there is none and none can be made.
 */
export async function checkWritable(path: string): Promise<void> {
  await isWritable(path, constants.W_OK);
  let folder = dirname(path);
  while (!(await isWritable(folder, constants.W_OK | constants.X_OK))) {
    if (folder === dirname(folder)) throw new Error(`There is no ${folder}`);
    folder = dirname(folder);
  }
}

/** The error of a file or folder that cannot be written, if that is what it is. */
export function notWritable(path: string, error: unknown): unknown {
  const code = codeOf(error);
  if (code !== 'EACCES' && code !== 'EPERM' && code !== 'EROFS') return error;
  const us = process.getuid === undefined ? 'this process' : `user ${process.getuid()}`;
  return new Error(
    `${path} cannot be written by ${us} (${code}): API tokens can be neither made nor revoked`,
    { cause: error },
  );
}

export function readAt(file: number, position: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  return bytes.subarray(0, readSync(file, bytes, 0, length, position));
}

/**
 * Puts on disk which names a folder holds: a file that is new, or has taken another's place. Where the system has no
 * such thing for folders (Windows, some network file systems), it sees to that itself or nobody does.
 */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await folder.sync();
  } catch (error) {
    if (!NOT_FOR_FOLDERS.has(codeOf(error))) throw error;
  } finally {
    await folder.close();
  }
}

const NOT_FOR_FOLDERS: ReadonlySet<string | undefined> = new Set(['EPERM', 'EINVAL', 'ENOTSUP']);

export function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code;
}

/** Answers whether it is there. */
async function isWritable(path: string, mode: number): Promise<boolean> {
  try {
    await access(path, mode);
    return true;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false;
    throw notWritable(path, error);
  }
}

/** Who else may write, and how that is mended. */
function faultOf(path: string, stats: Stats, mode: string): string | undefined {
  const what = `${path} (mode 0${(stats.mode & 0o7777).toString(8)}, owner ${stats.uid})`;
  if (!isOurs(stats)) {
    return `${what} belongs to another user than this process (${process.getuid?.()}): chown it, or run as its owner`;
  }
  if (isWritableByOthers(stats)) {
    return (
      `${what} may be written by others than its owner: chmod it to ${mode}. ` +
      `Kubernetes' fsGroup widens modes at each start, unless fsGroupChangePolicy is OnRootMismatch`
    );
  }
  return undefined;
}

/** Windows has no such users, and modes that say nothing: there, whoever may write in the folder is trusted. */
function isOurs({ uid }: Stats): boolean {
  return process.getuid === undefined || uid === process.getuid();
}

function isWritableByOthers({ mode }: Stats): boolean {
  return process.getuid !== undefined && (mode & WRITABLE_BY_OTHERS) !== 0;
}
