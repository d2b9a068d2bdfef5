import { closeSync, constants, fstatSync, mkdirSync, openSync, readSync, type Stats } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ApiTokenStore, type ApiTokenRecord, type SignedApiToken } from '../../core/api-token-store.js';
import { LatestTime } from '../../core/clock.js';
import type { SessionLogger } from '../../core/logger.js';
import type { SweepBudget, SweepResult } from '../../core/session-store.js';
import { MemoryApiTokenStore } from '../memory/memory-api-token.store.js';
import { formatEntry, parseEntry, type ApiTokenEntry } from './api-token-line.js';

const { O_APPEND, O_CREAT, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_RDWR } = constants;
/** Not through a link, and without waiting for the other end of a pipe. */
const CAREFULLY = O_NOFOLLOW | O_NONBLOCK;
const WRITABLE_BY_OTHERS = 0o022;
/** More than one line of ours, which ends in a checksum. */
const REMEMBERED_BYTES = 128;
const NEWLINE = 0x0a;

/** How a {@link FileApiTokenStore} reads its file. */
export interface FileApiTokenStoreOptions {
  /** For lines that cannot be read: their numbers, never their text. */
  readonly logger: SessionLogger;
  /** How old, in milliseconds, the picture of the file may be when a token is checked. Default: 500. */
  readonly maxStaleness?: number;
}

/**
 * API tokens in `api_token.txt`, which outlive the process and are shared by those that use one folder. No token
 * is written, only its identifier, expiry, owner and label.
 *
 * The file is a journal: lines are appended whole, in one write, and on disk (fsync) before a verb resolves; none
 * is ever changed. What stands in it is kept in memory, which follows the file: a check of a token looks at most
 * every `maxStaleness` whether it has grown, every other verb always. A line that cannot be read is left out and
 * logged by its number. A missing file is an empty one; any other fault makes every verb fail until it is mended.
 */
export class FileApiTokenStore extends ApiTokenStore {
  readonly shared = true;
  /** The full path of the file. */
  readonly path: string;
  readonly #logger: SessionLogger;
  readonly #maxStaleness: number;
  #tokens = new MemoryApiTokenStore();
  /** A revoked token stays so, whatever is appended later: a restored backup, say. */
  #revoked = new Set<string>();
  /** Which file the picture is of, how far and how many lines it was read, and the last bytes of that. */
  #read: { inode: number; bytes: number; lines: number; end: Buffer } = nothingRead(0);
  readonly #latest = new LatestTime();
  #lookedAt = -Infinity;
  /** The verbs that write, one after the other. */
  #writing: Promise<unknown> = Promise.resolve();

  /**
   * @param folder where `api_token.txt` lies, or will; it is made at the first write.
   * @param options how the file is read.
   */
  constructor(folder: string, { logger, maxStaleness = 500 }: FileApiTokenStoreOptions) {
    super();
    this.path = join(folder, 'api_token.txt');
    this.#logger = logger;
    this.#maxStaleness = maxStaleness;
  }

  put(record: ApiTokenRecord, _now: number): Promise<void> {
    return this.#exclusively(() => this.#append({ kind: 'registered', record }));
  }

  access(jti: string, signed: SignedApiToken, now: number): ApiTokenRecord | undefined {
    if (performance.now() - this.#lookedAt >= this.#maxStaleness) this.#catchUp();
    return this.#tokens.access(jti, signed, this.#latest.of(now));
  }

  revoke(
    jti: string,
    { username }: { readonly username?: string },
    now: number,
  ): Promise<ApiTokenRecord | undefined> {
    return this.#exclusively(async () => {
      this.#catchUp();
      const record = this.#tokens.find(jti);
      if (record === undefined || (username !== undefined && record.username !== username)) return undefined;
      await this.#append({ kind: 'revoked', jti, at: now });
      return record;
    });
  }

  revokeByUser(username: string, now: number): Promise<string[]> {
    return this.#exclusively(async () => {
      const owned = this.listByUser(username, now).map(({ jti }) => jti);
      const revoked = owned.map((jti): ApiTokenEntry => ({ kind: 'revoked', jti, at: now }));
      await this.#append({ kind: 'cut-off', username, at: now }, ...revoked);
      return owned;
    });
  }

  listByUser(username: string, now: number): ApiTokenRecord[] {
    this.#catchUp();
    return this.#tokens.listByUser(username, this.#latest.of(now));
  }

  /** Frees memory; the file keeps its lines. */
  sweepExpired(now: number, budget: SweepBudget): SweepResult {
    return this.#tokens.sweepExpired(this.#latest.of(now), budget);
  }

  ping(): void {
    this.#catchUp();
  }

  async close(): Promise<void> {
    await this.#writing;
  }

  #exclusively<T>(verb: () => Promise<T>): Promise<T> {
    const result = this.#writing.then(verb);
    this.#writing = result.catch(() => undefined);
    return result;
  }

  /** Puts lines on disk, and then into the picture by reading them back. */
  async #append(...entries: ApiTokenEntry[]): Promise<void> {
    mkdirSync(dirname(this.path), { recursive: true, mode: 0o700 });
    const file = await open(this.path, O_RDWR | O_APPEND | O_CREAT | CAREFULLY, 0o600);
    try {
      const stats = await file.stat();
      checkTrusted(stats);
      const { size } = stats;
      const lines = entries.map((entry) => `${formatEntry(entry)}\n`).join('');
      const { buffer } = await file.read(Buffer.alloc(1), 0, 1, Math.max(0, size - 1));
      // A torn last line, as a crash leaves it, must not swallow the next one.
      const text = Buffer.from(size > 0 && buffer[0] !== NEWLINE ? `\n${lines}` : lines);
      await appendWhole(file, text, size);
      await file.sync();
    } finally {
      await file.close();
    }
    this.#catchUp();
  }

  #catchUp(): void {
    let file: number;
    try {
      file = openSync(this.path, O_RDONLY | CAREFULLY);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      this.#startOver(0);
      this.#lookedAt = performance.now();
      return;
    }
    try {
      const stats = fstatSync(file);
      checkTrusted(stats);
      this.#follow(file, stats);
      this.#lookedAt = performance.now();
    } finally {
      closeSync(file);
    }
  }

  #follow(file: number, { ino, size }: Stats): void {
    if (ino !== this.#read.inode || !this.#isContinued(file, size)) this.#startOver(ino);
    const more = readAt(file, this.#read.bytes, size - this.#read.bytes);
    const whole = more.subarray(0, more.lastIndexOf(NEWLINE) + 1);
    for (const line of whole.toString('utf8').split('\n').slice(0, -1)) this.#take(line.trimEnd());
    this.#read.bytes += whole.length;
    if (whole.length > 0) this.#read.end = whole.subarray(-REMEMBERED_BYTES);
  }

  /** Whether the file still holds what was read of it: a new one may have got the old one's inode. */
  #isContinued(file: number, size: number): boolean {
    const { bytes, end } = this.#read;
    return size >= bytes && readAt(file, bytes - end.length, end.length).equals(end);
  }

  #startOver(inode: number): void {
    this.#tokens = new MemoryApiTokenStore();
    this.#revoked = new Set();
    this.#read = nothingRead(inode);
  }

  #take(line: string): void {
    this.#read.lines += 1;
    if (line === '') return;
    const entry = parseEntry(line);
    switch (entry?.kind) {
      case 'registered':
        this.#register(entry.record);
        return;
      case 'revoked':
        this.#revoked.add(entry.jti);
        this.#tokens.revoke(entry.jti, {}, 0);
        return;
      case 'cut-off':
        this.#tokens.cutOff(entry.username, entry.at);
        return;
      default:
        this.#logger.warn(`Line ${this.#read.lines} of ${this.path} cannot be read and is left out`);
    }
  }

  /** A token's record is written once: a second line of one name changes nothing. */
  #register(record: ApiTokenRecord): void {
    if (this.#revoked.has(record.jti) || this.#tokens.find(record.jti) !== undefined) return;
    this.#tokens.put(record, 0);
  }
}

function nothingRead(inode: number) {
  return { inode, bytes: 0, lines: 0, end: Buffer.alloc(0) };
}

function readAt(file: number, position: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  return bytes.subarray(0, readSync(file, bytes, 0, length, position));
}

/** Appends all of `text` or nothing: a full disk may take a part, which goes again if nobody has added to it. */
async function appendWhole(file: FileHandle, text: Buffer, size: number): Promise<void> {
  const { bytesWritten } = await file.write(text);
  if (bytesWritten === text.length) return;
  if ((await file.stat()).size === size + bytesWritten) await file.truncate(size);
  throw new Error('The file of API tokens took only part of a line');
}

/** A file that somebody else can write would let them register tokens. */
function checkTrusted(stats: Stats): void {
  const ours = process.getuid === undefined || stats.uid === process.getuid();
  if (stats.isFile() && ours && (stats.mode & WRITABLE_BY_OTHERS) === 0) return;
  throw new Error('The file of API tokens is not a regular file that is ours and that only we may write');
}
