import { hash } from 'node:crypto';

type Digest = 'sha256' | 'sha512';

/** Bytes: of what a digest works through at a time, and of the digest. */
const SIZES = { sha256: { block: 64, digest: 32 }, sha512: { block: 128, digest: 64 } } as const;
/** Of which RFC 2104 §2 makes the pads. */
const INNER = 0x36;
const OUTER = 0x5c;
/** The most bytes that one character of a text can take beyond the first. */
const LONGEST_REST = 3;

/**
 * HMAC (RFC 2104) with one key, as two one-shot digests: `createHmac` makes and drops a native object each time, which takes
 * longer than the digests of a token.
 *
 * The key lies here as its two pads, in buffers of our own rather than in a `KeyObject`, until it is {@link drop}ped.
 */
export class Hmac {
  readonly #digest: Digest;
  readonly #block: number;
  readonly #longest: number;
  /** The inner pad, and room for what is to be authenticated. */
  readonly #inner: Buffer;
  /** The outer pad, and room for the digest of the inner. */
  readonly #outer: Buffer;
  #dropped = false;

  /** @param longest how many bytes what is to be authenticated has at most. */
  constructor(digest: Digest, key: Uint8Array, longest: number) {
    const { block, digest: size } = SIZES[digest];
    this.#digest = digest;
    this.#block = block;
    this.#longest = longest;
    this.#inner = Buffer.alloc(block + longest + LONGEST_REST);
    this.#outer = Buffer.alloc(block + size);
    const short = key.length > block ? Buffer.from(hash(digest, key, 'binary'), 'latin1') : key;
    for (let place = 0; place < block; place += 1) {
      const byte = short[place] ?? 0;
      this.#inner[place] = byte ^ INNER;
      this.#outer[place] = byte ^ OUTER;
    }
  }

  /**
   * The MAC of a text of ASCII alone, in base64url; `undefined` for any other, which no token of ours is.
   *
   * Written as UTF-8 and compared in length: as Latin-1, U+0141 would pass for `A`.
   */
  ofText(text: string): string | undefined {
    this.#checkRoom(text.length);
    const bytes = this.#inner.write(text, this.#block, 'utf8');
    return bytes === text.length ? this.#of(bytes, 'base64url') : undefined;
  }

  /** The MAC of bytes, as a text with a character for each byte. */
  ofBytes(bytes: Uint8Array): string {
    this.#checkRoom(bytes.length);
    this.#inner.set(bytes, this.#block);
    return this.#of(bytes.length, 'binary');
  }

  /** Overwrites the key. What is asked of it from then on throws: zeros are a key that everybody has. */
  drop(): void {
    this.#dropped = true;
    this.#inner.fill(0);
    this.#outer.fill(0);
  }

  /** As texts, since a buffer that is made anew costs more than a digest. */
  #of(length: number, encoding: 'base64url' | 'binary'): string {
    if (this.#dropped) throw new Error('This key was dropped');
    const inner = hash(this.#digest, this.#inner.subarray(0, this.#block + length), 'binary');
    this.#outer.write(inner, this.#block, 'latin1');
    return hash(this.#digest, this.#outer, encoding);
  }

  #checkRoom(length: number): void {
    if (length > this.#longest)
      throw new RangeError(`Expected at most ${this.#longest} bytes, got ${length}`);
  }
}
