import { randomUUID } from 'node:crypto';
import type { MaybePromise } from '../../util/maybe-promise.js';
import { CutOffs, EVERYBODY } from '../memory/cut-offs.js';
import { hashOfAll, Shards } from '../memory/shards.js';
import { formatEntry, parseEntry, type ApiTokenEntry } from './api-token-line.js';
import { eachLineOf, NEWLINE, textOf } from './lines.js';
import { inSlices } from './slices.js';
import { latest } from './registry-snapshot.js';

/**
 * The file with only those lines that still count, as they are and in their order, under a line of its own that
 * no other file has:
 *
 * - of each token the first registration since the latest end of all, until it expires or is revoked, and the latest
 *   note of its use;
 * - of each revocation one tombstone, until the token would have expired; if that is unknown, for good. So an
 *   old line that somebody restores, or a copy of the file, revives nothing;
 * - of each user the latest cut-offs, and of everybody, for good: a token that they refuse may be registered at any
 *   time;
 * - the latest era, for good: no line of an earlier one, restored from wherever, counts;
 * - every line that cannot be read, for good: a later version of this library may have written it.
 */
export function compacted(bytes: Buffer, now: number): MaybePromise<Buffer> {
  return inSlices(compacting(bytes, now));
}

function* compacting(bytes: Buffer, now: number): Generator<undefined, Buffer> {
  const facts = new Facts();
  const lines: Line[] = [];
  for (const line of eachLineOf(bytes)) {
    yield;
    const text = textOf(line);
    if (text === '') continue;
    const entry = parseEntry(text);
    lines.push({ bytes: line, entry });
    if (entry !== undefined) facts.add(entry);
  }
  const mark: ApiTokenEntry = { kind: 'compacted', id: randomUUID(), at: now };
  const kept: Buffer[] = [Buffer.from(formatEntry(mark))];
  for (const { bytes: line, entry } of lines) {
    if (entry === undefined) kept.push(line);
    else if (facts.needs(entry, now)) kept.push(facts.complete(entry, line));
    yield;
  }
  return yield* joined(kept);
}

interface Line {
  readonly bytes: Buffer;
  readonly entry: ApiTokenEntry | undefined;
}

function* joined(lines: readonly Buffer[]): Generator<undefined, Buffer> {
  const text = Buffer.alloc(
    lines.reduce((length, line) => length + line.length + 1, 0),
    NEWLINE,
  );
  let end = 0;
  for (const line of lines) {
    end += line.copy(text, end) + 1;
    yield;
  }
  return text;
}

/** What decides which lines still count. */
class Facts {
  /** Of the era that is read: what an end of all comes after counts no more. */
  #registrations = new Shards<Entry<'registered'>>(hashOfAll);
  readonly #tombstones = new Shards<Entry<'revoked'>>(hashOfAll);
  readonly #cutOffs = new CutOffs();
  /** Of lines that say the same, one is enough. */
  readonly #firstCutOffs = new Set<ApiTokenEntry>();
  /** The latest era that began. */
  #era: Entry<'ended-all'> | undefined;
  readonly #uses = new Shards<Entry<'used'>>(hashOfAll);
  readonly #expiries = new Shards<number | undefined>(hashOfAll);

  add(entry: ApiTokenEntry): void {
    switch (entry.kind) {
      case 'registered': {
        const { jti, expiresAt } = entry.record;
        if (!this.#registrations.has(jti) && !this.#isOfOld(entry)) this.#registrations.set(jti, entry);
        this.#expiries.set(jti, latest(this.#expiries.get(jti), expiresAt));
        return;
      }
      case 'revoked':
        if (!this.#tombstones.has(entry.jti)) this.#tombstones.set(entry.jti, entry);
        this.#expiries.set(entry.jti, latest(this.#expiries.get(entry.jti), entry.until));
        return;
      case 'cut-off':
        if (!this.#cutOffs.has(entry.username, entry.at)) this.#firstCutOffs.add(entry);
        this.#cutOffs.add(entry.username, entry.at);
        return;
      case 'ended-all':
        if (!this.#cutOffs.has(EVERYBODY, entry.at)) this.#firstCutOffs.add(entry);
        this.#cutOffs.add(EVERYBODY, entry.at);
        if (entry.era > (this.#era?.era ?? 0)) {
          this.#era = entry;
          this.#registrations = new Shards(hashOfAll);
        }
        return;
      case 'used':
        keepLatest(this.#uses, entry.jti, entry);
        return;
      case 'compacted':
    }
  }

  needs(entry: ApiTokenEntry, now: number): boolean {
    switch (entry.kind) {
      case 'registered':
        return this.#registrations.get(entry.record.jti) === entry && this.#isGood(entry.record.jti, now);
      case 'revoked':
        return this.#tombstones.get(entry.jti) === entry && now < (this.#expiries.get(entry.jti) ?? Infinity);
      case 'cut-off':
        return this.#firstCutOffs.has(entry) && this.#cutOffs.has(entry.username, entry.at);
      case 'ended-all':
        return (
          entry === this.#era || (this.#firstCutOffs.has(entry) && this.#cutOffs.has(EVERYBODY, entry.at))
        );
      case 'used':
        return this.#uses.get(entry.jti) === entry && this.#isGood(entry.jti, now);
      case 'compacted':
        return false;
    }
  }

  /** A tombstone gets the token's expiry, since the registration, which tells it too, is dropped. */
  complete(entry: ApiTokenEntry, line: Buffer): Buffer {
    if (entry.kind !== 'revoked') return line;
    const until = this.#expiries.get(entry.jti);
    return until === entry.until
      ? line
      : Buffer.from(formatEntry({ ...entry, ...(until !== undefined && { until }) }));
  }

  #isGood(jti: string, now: number): boolean {
    const registration = this.#registrations.get(jti);
    if (registration === undefined || this.#tombstones.has(jti)) return false;
    return now < registration.record.expiresAt;
  }

  /** Whether it belongs to an era that is over; a line without an owner knows none. */
  #isOfOld({ record, era = 0 }: Entry<'registered'>): boolean {
    return record.username !== undefined && era < (this.#era?.era ?? 0);
  }
}

type Entry<Kind> = Extract<ApiTokenEntry, { kind: Kind }>;

function keepLatest<E extends { readonly at: number }>(entries: Shards<E>, key: string, entry: E): void {
  const present = entries.get(key);
  if (present === undefined || entry.at > present.at) entries.set(key, entry);
}
