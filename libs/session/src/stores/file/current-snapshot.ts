import { setImmediate } from 'node:timers/promises';
import { CappedLog } from '../../util/capped-log.js';
import type { SessionLogger } from '../../core/logger.js';
import { parseEntry } from './api-token-line.js';
import type { Journal, News } from './journal.js';
import type { LastUsed, Use } from './last-used.js';
import { textOf } from './lines.js';
import { inSlices } from './slices.js';
import { RegistrySnapshot } from './registry-snapshot.js';

/** How many lines that cannot be read are named by number in one go; of the others it is told how many they are. */
const NAMED = 10;

/**
 * The snapshot of the file as it was at the last look. A few new lines are read at once. Many, those of a large file that
 * was put there, say, take their time in slices; whoever wants to know what stands in the file now waits for them, and
 * nobody sees half of a file: the snapshot of the one before stands until that of the new one is whole.
 */
export class CurrentSnapshot {
  #snapshot = new RegistrySnapshot();
  /** The snapshot that the lines go into: the same one, unless another file is being read. */
  #coming = this.#snapshot;
  #lookedAt = -Infinity;
  #reading: Promise<undefined> | undefined;
  #nextLook: Promise<undefined> | undefined;
  readonly #warnings: { readonly each: CappedLog; readonly rest: CappedLog };

  constructor(
    private readonly journal: Journal,
    private readonly lastUsed: LastUsed,
    logger: SessionLogger,
  ) {
    const warn = (line: string) => logger.warn(line);
    // Of several readings in a row, too, as when another program appends what cannot be read.
    this.#warnings = { each: new CappedLog(warn), rest: new CappedLog(warn) };
  }

  get snapshot(): RegistrySnapshot {
    return this.#snapshot;
  }

  isOlderThan(milliseconds: number): boolean {
    return performance.now() - this.#lookedAt >= milliseconds;
  }

  /** Looks at the file now, or joins those who are reading it, since they go on to its end; `undefined` if that is done. */
  catchUp(): Promise<undefined> | undefined {
    this.#reading ??= inSlices(this.#read());
    return this.#reading;
  }

  /** Looks once for all who ask during one turn of the event loop, so that a flood of them costs no look each. */
  lookInATurn(): Promise<undefined> {
    this.#nextLook ??= setImmediate().then(() => {
      this.#nextLook = undefined;
      return this.catchUp();
    });
    return this.#nextLook;
  }

  /** A use that is not in the file is not in what is read of it either. */
  noteUse(use: Use): void {
    if (this.#coming !== this.#snapshot) this.#coming.take({ kind: 'used', ...use });
  }

  *#read(): Generator<undefined, undefined> {
    const unreadable = new UnreadableLines(this.journal.path, this.#warnings);
    try {
      // The last look finds nothing: so nothing has come while lines were taken, and whoever joined has missed nothing.
      for (let news: News | undefined; news === undefined || news.anew || news.more;) {
        news = this.journal.look();
        if (news.anew) yield* this.#beginAnew();
        let number = news.from;
        for (const line of news.lines) {
          this.#take(textOf(line), number, unreadable);
          number += 1;
          yield;
        }
      }
      unreadable.tellOfTheRest();
    } catch (error) {
      // Lines that were looked at, and not taken, would be lost.
      this.journal.forget();
      throw error;
    } finally {
      this.#reading = undefined;
    }
    this.#snapshot = this.#coming;
    this.#lookedAt = performance.now();
  }

  *#beginAnew(): Generator<undefined, void> {
    this.#coming = new RegistrySnapshot();
    for (const use of this.lastUsed.unwritten) {
      this.noteUse(use);
      yield;
    }
  }

  #take(line: string, number: number, unreadable: UnreadableLines): void {
    if (line === '') return;
    const entry = parseEntry(line);
    this.#coming.take(entry);
    if (entry === undefined) unreadable.add(number);
  }
}

/** Tells of lines that cannot be read, by their numbers, and in no more than a few lines however many they are. */
class UnreadableLines {
  #count = 0;
  #last = 0;

  constructor(
    private readonly path: string,
    private readonly warnings: { readonly each: CappedLog; readonly rest: CappedLog },
  ) {}

  add(number: number): void {
    this.#count += 1;
    this.#last = number;
    if (this.#count <= NAMED) {
      this.warnings.each.note(() => `Line ${number} of ${this.path} cannot be read and is left out`);
    }
  }

  tellOfTheRest(): void {
    const more = this.#count - NAMED;
    if (more <= 0) return;
    this.warnings.rest.note(
      () => `${more} more, up to line ${this.#last} of ${this.path}, cannot be read and are left out`,
    );
  }
}
