import { fnv1a } from '../util/fnv1a.js';

/** 8 KiB of them. */
const BITS = 65_536;
/** After so many new ones all is forgotten; up to then at most a quarter of the bits are set. */
const MAX_SEEN = BITS / 4;

/**
 * Tells what comes again from what comes once: a bit for each text, at the place that its hash gives. The name is that
 * of TinyLFU's first stage (Einziger, Friedman, Manes: TinyLFU, ACM Transactions on Storage 13/4, 2017, §3.4.2).
 *
 * Only speed may hang on its answer, which can be wrong: a new text is admitted where another has set its bit, and one
 * that came before is not where all was forgotten since.
 */
export class Doorkeeper {
  readonly #bits = new Int32Array(BITS / 32);
  #seen = 0;

  /** Whether that text came before; from here on it did. */
  admits(text: string): boolean {
    const place = hashOf(text) & (BITS - 1);
    const bit = 1 << (place & 31);
    if ((this.#bits[place >> 5]! & bit) !== 0) return true;
    if (this.#seen === MAX_SEEN) {
      this.#bits.fill(0);
      this.#seen = 0;
    }
    this.#bits[place >> 5]! |= bit;
    this.#seen += 1;
    return false;
  }
}

/** The 32 bits of the hash folded into the lower 16. */
function hashOf(text: string): number {
  const hash = fnv1a(text);
  return hash ^ (hash >>> 16);
}
