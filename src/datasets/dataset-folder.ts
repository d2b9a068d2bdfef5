import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { lstat, mkdir, open, readdir, rename, rm, unlink, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { isName } from './name.pipe.js';
import { replaceFile } from './replace-file.js';

/** `O_NONBLOCK`, lest somebody's FIFO among the files hold the request. */
const READ_REAL_FILE = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

export interface DatasetFile {
  readonly name: string;
  readonly size: number;
}

/** A file open for reading; who opened it closes it. */
export interface OpenFile {
  readonly handle: FileHandle;
  readonly size: number;
}

/**
 * Datasets as real folders and files. Symbolic links are treated as if they were not there, whatever they point to.
 *
 * Every name given must have passed {@link isName}. What is not there is `undefined` or `false`, never an error; nor is
 * it one if somebody deletes it between two steps of a method.
 */
export class DatasetFolder {
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
  }

  async list(): Promise<string[]> {
    const entries = await readdir(this.#root, { withFileTypes: true });
    return entries
      .filter((entry) => entry.isDirectory() && isName(entry.name))
      .map(({ name }) => name)
      .sort();
  }

  /** @returns whether it is new. */
  async create(dataset: string): Promise<boolean> {
    try {
      await mkdir(this.#path(dataset), { mode: 0o700 });
      return true;
    } catch (error) {
      if (isCode(error, 'EEXIST')) return false;
      throw error;
    }
  }

  /**
   * Takes the dataset out of sight in one step, and then removes it: while it is emptied in place, an upload could put
   * a file into it.
   *
   * @returns whether there was one.
   */
  async delete(dataset: string): Promise<boolean> {
    if (!(await this.has(dataset))) return false;
    // The leading dot, as in drafts of uploads, is in no name of the API.
    const doomed = join(this.#root, `.${randomUUID()}.deleted`);
    if ((await ifThere(rename(this.#path(dataset), doomed).then(() => true))) === undefined) return false;
    await rm(doomed, { recursive: true, force: true });
    return true;
  }

  async has(dataset: string): Promise<boolean> {
    return (await ifThere(lstat(this.#path(dataset))))?.isDirectory() ?? false;
  }

  async listFiles(dataset: string): Promise<DatasetFile[] | undefined> {
    if (!(await this.has(dataset))) return undefined;
    const names = await ifThere(readdir(this.#path(dataset)));
    if (names === undefined) return undefined;
    const found = await Promise.all(
      names
        .filter(isName)
        .sort()
        .map(async (name) => ({ name, stats: await ifThere(lstat(this.#path(dataset, name))) })),
    );
    return found.flatMap(({ name, stats }) => (stats?.isFile() ? [{ name, size: stats.size }] : []));
  }

  async openFile(dataset: string, file: string): Promise<OpenFile | undefined> {
    if (!(await this.has(dataset))) return undefined;
    const handle = await openRealFile(this.#path(dataset, file));
    if (handle === undefined) return undefined;
    const { size } = await handle.stat();
    return { handle, size };
  }

  /**
   * Writes a file, or replaces one as a whole: readers see the old or the new content, and a failed upload changes
   * nothing.
   *
   * @returns its size, or `undefined` if there is no such dataset.
   */
  async writeFile(
    dataset: string,
    file: string,
    content: AsyncIterable<Uint8Array>,
  ): Promise<number | undefined> {
    if (!(await this.has(dataset))) return undefined;
    return ifThere(replaceFile(this.#path(dataset, file), content));
  }

  /** @returns whether there was one. */
  async deleteFile(dataset: string, file: string): Promise<boolean> {
    const path = this.#path(dataset, file);
    if (!(await this.has(dataset)) || !(await ifThere(lstat(path)))?.isFile()) return false;
    return (await ifThere(unlink(path).then(() => true))) ?? false;
  }

  #path(...names: readonly string[]): string {
    if (!names.every(isName)) throw new Error('A name reached the file system unchecked');
    return join(this.#root, ...names);
  }
}

async function openRealFile(path: string): Promise<FileHandle | undefined> {
  let handle: FileHandle;
  try {
    handle = await open(path, READ_REAL_FILE);
  } catch (error) {
    // ELOOP is a symbolic link, ENXIO a socket.
    if (isCode(error, 'ENOENT', 'ENOTDIR', 'ELOOP', 'ENXIO')) return undefined;
    throw error;
  }
  if ((await handle.stat()).isFile()) return handle;
  await handle.close();
  return undefined;
}

/** What a step answers, or `undefined` if what it was about is not there, or not any more. */
async function ifThere<T>(step: Promise<T>): Promise<T | undefined> {
  try {
    return await step;
  } catch (error) {
    if (isCode(error, 'ENOENT', 'ENOTDIR')) return undefined;
    throw error;
  }
}

function isCode(error: unknown, ...codes: readonly string[]): boolean {
  return codes.includes((error as NodeJS.ErrnoException).code ?? '');
}
