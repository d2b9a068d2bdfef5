import { randomUUID } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ConflictException } from '@nestjs/common';

/**
 * Writes the content under another name, and puts it in place when it is complete and on disk.
 *
 * @returns how many bytes it has.
 * @throws ConflictException if a folder is in the way.
 */
export async function replaceFile(path: string, content: AsyncIterable<Uint8Array>): Promise<number> {
  // The leading dot keeps drafts out of lists and out of reach: no name in the API begins with one.
  const draft = join(dirname(path), `.${randomUUID()}.upload`);
  const file = await open(draft, 'wx', 0o600);
  let size = 0;
  try {
    for await (const chunk of content) {
      await file.writeFile(chunk);
      size += chunk.length;
    }
    await file.sync();
    await file.close();
    await rename(draft, path);
    return size;
  } catch (error) {
    if (['EISDIR', 'ENOTEMPTY', 'EEXIST'].includes((error as NodeJS.ErrnoException).code ?? '')) {
      throw new ConflictException('A folder has this name', { cause: error });
    }
    throw error;
  } finally {
    await file.close();
    await rm(draft, { force: true });
  }
}
