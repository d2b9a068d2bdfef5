import { constants, type Stats } from 'node:fs';
import { lstat, open } from 'node:fs/promises';

const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;

/** What nobody but the owner may do with a file, and the bits of its mode that say so. */
export const NOT_FOR_OTHERS = {
  write: { verb: 'write', mode: 0o022 },
  readOrWrite: { verb: 'read or write', mode: 0o066 },
} as const;

type NotForOthers = (typeof NOT_FOR_OTHERS)[keyof typeof NOT_FOR_OTHERS];

/**
 * Reads a file that decides who gets in: one of ours, not behind a link, and not within the reach of others.
 *
 * @throws Error that names the file, what it is like, and what to do.
 */
export async function readTrustedFile(path: string, notForOthers: NotForOthers): Promise<Buffer> {
  // Before it is opened, since one of somebody else may not open at all.
  check(path, await lstat(path), notForOthers);
  const file = await open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  try {
    // And the one that was opened, which may be another by now.
    check(path, await file.stat(), notForOthers);
    return await file.readFile();
  } finally {
    await file.close();
  }
}

function check(path: string, stats: Stats, { verb, mode }: NotForOthers): void {
  if (stats.isSymbolicLink()) {
    throw new Error(`${path}: expected a file, got a symbolic link; put the file itself in its place`);
  }
  if (!stats.isFile()) throw new Error(`${path}: expected a regular file`);
  const uid = process.getuid?.();
  // Windows has neither owners nor modes in this sense.
  if (uid === undefined || (stats.uid === uid && (stats.mode & mode) === 0)) return;
  throw new Error(
    `${path}: expected a file of uid ${uid}, as which this runs, that nobody else may ${verb}, got one of uid ` +
      `${stats.uid} with mode ${inOctal(stats.mode)}. If you still trust its content: ` +
      `chown ${uid} ${path} && chmod 600 ${path}`,
  );
}

function inOctal(mode: number): string {
  return (mode & 0o777).toString(8).padStart(4, '0');
}
