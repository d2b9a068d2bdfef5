const SHARDS = 256;

/**
 * A map by string, made of many small ones. A `Map` that grows or shrinks copies all of its entries at once, and with
 * half a million of them everybody waits for that for a tenth of a second or more.
 */
export class Shards<V> {
  readonly #maps = Array.from({ length: SHARDS }, () => new Map<string, V>());
  readonly #telling: number;

  /** @param telling how many leading characters tell keys apart: few, where they are random. */
  constructor(telling = Infinity) {
    this.#telling = telling;
  }

  /** The map that a key belongs into: by FNV-1a, of whose 32 bits the upper ones are the better mixed. */
  of(key: string): Map<string, V> {
    const end = Math.min(key.length, this.#telling);
    let hash = 0x811c9dc5;
    for (let at = 0; at < end; at += 1) hash = Math.imul(hash ^ key.charCodeAt(at), 0x01000193);
    return this.#maps[hash >>> 24]!;
  }
}
