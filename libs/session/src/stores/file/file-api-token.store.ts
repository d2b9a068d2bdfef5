import { join } from 'node:path';
import { ApiTokenStore, type ApiTokenRecord, type SignedApiToken } from '../../core/api-token-store.js';
import { LatestTime } from '../../core/latest-time.js';
import { harmless, type SessionLogger } from '../../core/logger.js';
import type { MaybePromise } from '../../util/maybe-promise.js';
import { isOwnedBy } from '../../core/ownership.js';
import type { Page, PageRequest, SweepBudget, SweepResult } from '../../core/session-store.js';
import { printableError } from '../../util/text.js';
import { formatEntry, type ApiTokenEntry } from './api-token-line.js';
import { compacted } from './compaction.js';
import { CurrentSnapshot } from './current-snapshot.js';
import { Journal } from './journal.js';
import { LastUsed, type Use } from './last-used.js';
import { inSlices } from './slices.js';
import type { RegistrySnapshot } from './registry-snapshot.js';
import { checkWritable, codeOf } from './trusted-file.js';

/** How a {@link FileApiTokenStore} reads its file. */
export interface FileApiTokenStoreOptions {
  /** For lines that cannot be read: their numbers, never their text; and for upkeep that failed. */
  readonly logger: SessionLogger;
  /** How old, in milliseconds, the snapshot of the file may be when a token is checked. Default: 500. */
  readonly maxStaleness?: number;
  /**
   * From how many bytes on the file is compacted when most of its lines count no more; `Infinity` for never, as
   * befits a file to which other programs append. Default: 65,536.
   */
  readonly compactAbove?: number;
}

/**
 * API tokens in `api_token.txt`, which outlive the process and are shared by those that use one folder. No token
 * is written, only its identifier, expiry, owner, label and last use.
 *
 * The file is a journal: lines are appended whole, in one write, and on disk (fsync) before a verb resolves. What
 * stands in it is kept in memory, which follows the file: a check of a token looks whether it has changed at most every
 * `maxStaleness`, and when no line has named the token yet; every other verb always. What is much to read is read in
 * slices (`slices.ts`), and other requests are answered in between. A line that cannot be read is left out and logged by
 * its number. A missing file is an empty one; any other fault makes every verb fail until it is mended.
 *
 * Upkeep is the sweep's, and its failures are logged and fail nothing. It writes down when tokens were last used,
 * for each at most every five minutes; what a killed process had not written of that is forgotten. And it compacts
 * the file (`compaction.ts`) once that is large and less than half of its lines count.
 *
 * Writers exclude each other by a lock (`file-lock.ts`); it is a folder beside the file, so ours has to be writable.
 */
export class FileApiTokenStore extends ApiTokenStore {
  readonly shared = true;
  /** The full path of the file. */
  readonly path: string;
  readonly #logger: SessionLogger;
  readonly #maxStaleness: number;
  readonly #compactAbove: number;
  readonly #journal: Journal;
  readonly #lastUsed = new LastUsed();
  readonly #latest = new LatestTime();
  readonly #current: CurrentSnapshot;
  /** Which file the system would not let us replace. */
  #irreplaceable: number | undefined;
  /** What writes, one after the other. */
  #writing: Promise<unknown> = Promise.resolve();

  /**
   * @param folder where `api_token.txt` lies, or will; it is made at the first write.
   * @param options how the file is read, and when it is compacted.
   */
  constructor(
    folder: string,
    { logger, maxStaleness = 500, compactAbove = 65_536 }: FileApiTokenStoreOptions,
  ) {
    super();
    this.path = join(folder, 'api_token.txt');
    this.#journal = new Journal(this.path);
    this.#logger = harmless(logger);
    this.#current = new CurrentSnapshot(this.#journal, this.#lastUsed, this.#logger);
    this.#maxStaleness = maxStaleness;
    this.#compactAbove = compactAbove;
  }

  put(record: ApiTokenRecord, now: number): Promise<boolean> {
    const isLate = () => this.#snapshot.tokens.isCutOff(record.username, now);
    return this.#exclusively(async () => {
      await this.#append(() => ({
        entries: isLate() ? [] : [{ kind: 'registered', record, era: this.#snapshot.era }],
        answer: undefined,
      }));
      // Asked again: where the lock was lost, and the line appended anew, another process may have ended all meanwhile,
      // and begun an era that the line does not belong to.
      return !isLate() && this.#snapshot.tokens.find(record.jti) !== undefined;
    });
  }

  access(jti: string, signed: SignedApiToken, now: number): MaybePromise<ApiTokenRecord | undefined> {
    const looking = this.#lookFor(jti);
    return looking === undefined
      ? this.#admit(jti, signed, now)
      : looking.then(() => this.#admit(jti, signed, now));
  }

  revoke(
    jti: string,
    owner: { readonly username?: string },
    now: number,
  ): Promise<ApiTokenRecord | undefined> {
    const find = () => {
      const record = this.#snapshot.tokens.find(jti);
      return record !== undefined && isOwnedBy(record, owner) ? record : undefined;
    };
    return this.#exclusively(async () => {
      await this.#current.catchUp();
      if (find() === undefined) return undefined;
      return this.#append(() => {
        const answer = find();
        if (answer === undefined) return { entries: [], answer };
        return { entries: [{ kind: 'revoked', jti, at: now, until: answer.expiresAt }], answer };
      });
    });
  }

  revokeByUser(username: string, now: number): Promise<string[]> {
    return this.#exclusively(() =>
      this.#append(() => {
        const { tokens } = this.#snapshot;
        const revoked = tokens.ownedBy(username).map(({ jti, expiresAt }): ApiTokenEntry => ({
          kind: 'revoked',
          jti,
          at: now,
          until: expiresAt,
        }));
        return {
          entries: [{ kind: 'cut-off', username, at: now }, ...revoked],
          answer: tokens.listByUser(username, this.#latest.of(now)).map(({ jti }) => jti),
        };
      }),
    );
  }

  revokeAll(now: number): Promise<number> {
    return this.#exclusively(() =>
      this.#append(() => ({
        entries: [{ kind: 'ended-all', era: this.#snapshot.era + 1, at: now }],
        answer: this.#snapshot.tokens.count(this.#latest.of(now)),
      })),
    );
  }

  async browse(request: PageRequest, now: number): Promise<Page<ApiTokenRecord> | undefined> {
    await this.#current.catchUp();
    return this.#snapshot.tokens.browse(request, this.#latest.of(now));
  }

  async listByUser(username: string, now: number): Promise<ApiTokenRecord[]> {
    await this.#current.catchUp();
    return this.#snapshot.tokens.listByUser(username, this.#latest.of(now));
  }

  /** Frees memory and, when there is no more of that to free, the file. */
  async sweepExpired(now: number, budget: SweepBudget): Promise<SweepResult> {
    const current = this.#latest.of(now);
    const isSeen = await this.#attempt(() => this.#current.catchUp());
    const result = this.#snapshot.tokens.sweepExpired(current, budget);
    if (isSeen && !result.more) await this.#exclusively(() => this.#maintain(current));
    return result;
  }

  /** Rejects, too, if the file can be read and not written: then API tokens are good, and none can be made. */
  async ping(): Promise<void> {
    await this.#current.catchUp();
    await checkWritable(this.path);
  }

  async close(): Promise<void> {
    await this.#exclusively(() => this.#attempt(() => this.#writeLastUsed()));
  }

  get #snapshot(): RegistrySnapshot {
    return this.#current.snapshot;
  }

  /** Who asks for a token has found it genuine: if the snapshot does not know it, it may have been made elsewhere since. */
  #lookFor(jti: string): Promise<undefined> | undefined {
    if (this.#current.isOlderThan(this.#maxStaleness)) return this.#current.catchUp();
    return this.#snapshot.knows(jti) ? undefined : this.#current.lookInATurn();
  }

  #admit(jti: string, signed: SignedApiToken, now: number): ApiTokenRecord | undefined {
    const record = this.#snapshot.tokens.access(jti, signed, this.#latest.of(now));
    if (record?.lastAccessed !== undefined) {
      this.#lastUsed.note(jti, record.lastAccessed);
      this.#current.noteUse({ jti, at: record.lastAccessed });
    }
    return record;
  }

  #exclusively<T>(verb: () => Promise<T>): Promise<T> {
    const result = this.#writing.then(verb);
    this.#writing = result.catch(() => undefined);
    return result;
  }

  /** Puts lines on disk, decided on when nobody else can write, and then into the snapshot by reading them back. */
  async #append<T>(decide: () => { entries: ApiTokenEntry[]; answer: T }): Promise<T> {
    const answer = await this.#journal.append(async () => {
      await this.#current.catchUp();
      const { entries, answer } = decide();
      return { lines: await inSlices(formatted(entries)), answer };
    });
    await this.#current.catchUp();
    return answer;
  }

  async #maintain(now: number): Promise<void> {
    if (this.#lastUsed.isDue(now)) await this.#attempt(() => this.#writeLastUsed());
    await this.#attempt(() => this.#compact(now));
  }

  /** Does what no verb may fail for; answers whether it was done. */
  async #attempt(upkeep: () => MaybePromise<void> | undefined): Promise<boolean> {
    try {
      await upkeep();
      return true;
    } catch (error) {
      this.#logger.warn(`The upkeep of ${this.path} failed: ${printableError(error)}`);
      return false;
    }
  }

  async #writeLastUsed(): Promise<void> {
    const uses = this.#lastUsed.unwritten;
    if (uses.length === 0) return;
    await this.#current.catchUp();
    const isLatest = ({ jti, at }: Use) => this.#snapshot.tokens.find(jti)?.lastAccessed === at;
    const entries = uses.filter(isLatest).map((use): ApiTokenEntry => ({ kind: 'used', ...use }));
    if (entries.length > 0) await this.#append(() => ({ entries, answer: undefined }));
    this.#lastUsed.forget(uses);
  }

  async #compact(now: number): Promise<void> {
    if (this.#journal.seen.inode === this.#irreplaceable || !(await this.#isWorthCompacting(now))) return;
    try {
      await this.#journal.rewrite(async (bytes) => {
        await this.#current.catchUp();
        return (await this.#isWorthCompacting(now)) ? compacted(bytes, now) : undefined;
      });
    } catch (error) {
      if (codeOf(error) !== 'EBUSY') throw error;
      this.#irreplaceable = this.#journal.seen.inode;
      throw new Error(
        `${this.path} cannot be replaced (EBUSY) and grows: if it is mounted by itself, mount its folder instead`,
        { cause: error },
      );
    }
    await this.#current.catchUp();
  }

  async #isWorthCompacting(now: number): Promise<boolean> {
    const { bytes, lines } = this.#journal.seen;
    return bytes > this.#compactAbove && 2 * (await inSlices(this.#snapshot.countLiving(now))) < lines;
  }
}

function* formatted(entries: readonly ApiTokenEntry[]): Generator<undefined, string[]> {
  const lines: string[] = [];
  for (const entry of entries) {
    lines.push(formatEntry(entry));
    yield;
  }
  return lines;
}
