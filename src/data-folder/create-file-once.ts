import { randomUUID } from 'node:crypto';
import { link, open, unlink } from 'node:fs/promises';

/**
 * Creates a file that only its owner can read, unless there is one.
 *
 * The content is complete under another name before the file appears, and appearing fails if the name is taken: of
 * two processes that start at once one wins, and neither ever reads half a file.
 *
 * @returns whether this call created it.
 */
export async function createFileOnce(path: string, content: string | Uint8Array): Promise<boolean> {
  const draft = `${path}.${randomUUID()}.tmp`;
  const file = await open(draft, 'wx', 0o600);
  try {
    await file.writeFile(content);
    await file.sync();
    await file.close();
    await link(draft, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    await file.close();
    await unlink(draft);
  }
}
