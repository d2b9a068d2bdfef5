import { constants, readSync, type Stats } from 'node:fs';
import { open } from 'node:fs/promises';

const { O_NOFOLLOW, O_NONBLOCK } = constants;
const WRITABLE_BY_OTHERS = 0o022;

/** How to open what may have been put there by somebody else: not through a link, not waiting at a pipe. */
export const CAREFULLY = O_NOFOLLOW | O_NONBLOCK;

/** A file that somebody else can write would let them register tokens. */
export function checkTrustedFile(stats: Stats): void {
  if (stats.isFile() && isOursAlone(stats)) return;
  throw new Error('The file of API tokens is not a regular file that is ours and that only we may write');
}

/** In a folder of somebody else, or behind a link to one, there is nothing of ours to remove. */
export function checkTrustedFolder(stats: Stats): void {
  if (stats.isDirectory() && isOursAlone(stats)) return;
  throw new Error(
    'The lock on the file of API tokens is not a folder that is ours and that only we may write',
  );
}

export function readAt(file: number, position: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  return bytes.subarray(0, readSync(file, bytes, 0, length, position));
}

/** Puts on disk which names a folder holds: a file that is new, or has taken another's place. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

export function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code;
}

export function isOursAlone({ uid, mode }: Stats): boolean {
  return (process.getuid === undefined || uid === process.getuid()) && (mode & WRITABLE_BY_OTHERS) === 0;
}
