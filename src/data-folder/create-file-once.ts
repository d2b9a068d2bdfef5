import { randomUUID } from 'node:crypto';
import { link, open, rm } from 'node:fs/promises';

/**
 * Creates a file that only its owner can read, unless there is one.
 *
 * The content is complete under another name before the file appears, and appearing fails if the name is taken: of
 * two processes that start at once one wins, and neither ever reads half a file. A file system without hard links
 * gets the file by exclusive creation: one wins there too, and the other may find it half written and have to start
 * again.
 *
 * @returns whether this call created it.
 */
export async function createFileOnce(path: string, content: string | Uint8Array): Promise<boolean> {
  const draft = `${path}.${randomUUID()}.tmp`;
  try {
    await writeNewFile(draft, content);
    await link(draft, path).catch((error: unknown) => {
      if (isTaken(error)) throw error;
      // Without links this is EPERM, ENOTSUP, ENOSYS, EMLINK and more; any other trouble meets the next line as well.
      return writeNewFile(path, content);
    });
    return true;
  } catch (error) {
    if (isTaken(error)) return false;
    throw error;
  } finally {
    await rm(draft, { force: true });
  }
}

/** @throws an error of code EEXIST if there is one. Half a file does not stay: it would be in the way ever after. */
async function writeNewFile(path: string, content: string | Uint8Array): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(content);
    await file.sync();
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  } finally {
    await file.close();
  }
}

function isTaken(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'EEXIST';
}
