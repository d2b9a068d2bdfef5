import { open, type FileHandle } from 'node:fs/promises';

/** What all open files have in common: the place at which a test can break the disk, or put a rival. */
export async function fileHandles(): Promise<FileHandle> {
  const handle = await open('/dev/null');
  await handle.close();
  return Object.getPrototypeOf(handle) as FileHandle;
}
