import { fnv1a } from '../../util/fnv1a.js';

const SHARDS = 256;

/**
 * A map by string, made of many small ones. A `Map` that grows or shrinks copies all of its entries at once, and with
 * half a million of them everybody waits for that for a tenth of a second or more.
 */
export class Shards<V> {
  readonly #maps = Array.from({ length: SHARDS }, () => new Map<string, V>());
  readonly #hash: (key: string) => number;

  /** @param hash from 0 to 255. */
  constructor(hash: (key: string) => number) {
    this.#hash = hash;
  }

  /** How many entries there are in all of them. */
  get size(): number {
    return this.#maps.reduce((size, map) => size + map.size, 0);
  }

  /** The map that a key belongs into. */
  of(key: string): Map<string, V> {
    return this.#maps[this.#hash(key)]!;
  }

  get(key: string): V | undefined {
    return this.of(key).get(key);
  }

  has(key: string): boolean {
    return this.of(key).has(key);
  }

  set(key: string, value: V): void {
    this.of(key).set(key, value);
  }

  delete(key: string): boolean {
    return this.of(key).delete(key);
  }

  /**
   * A page of the entries by key, map by map: an order that does not change, whatever comes and goes. `undefined` for an
   * `after` that is no `next`.
   */
  page(after: string | undefined, limit: number): { entries: V[]; next?: string } | undefined {
    const from = after === undefined ? { map: 0, key: undefined } : this.#placeOf(after);
    if (from === undefined) return undefined;
    const entries: V[] = [];
    let { map, key } = from;
    for (; map < SHARDS; map += 1, key = undefined) {
      const keys = keysAfter(this.#maps[map]!, key).slice(0, limit - entries.length);
      for (const each of keys) entries.push(this.#maps[map]!.get(each)!);
      if (entries.length === limit) return { entries, next: `${map}.${keys.at(-1) ?? key ?? ''}` };
    }
    return { entries };
  }

  /** The map that a page goes on in, and the key after which. */
  #placeOf(next: string): { map: number; key: string } | undefined {
    const [, map, key] = /^(\d{1,3})\.(.*)$/s.exec(next) ?? [];
    if (map === undefined || Number(map) >= SHARDS) return undefined;
    return { map: Number(map), key: key! };
  }

  /** In no order. */
  *values(): Generator<V, void> {
    for (const map of this.#maps) yield* map.values();
  }

  /** In no order. */
  *entries(): Generator<[string, V], void> {
    for (const map of this.#maps) yield* map;
  }
}

function keysAfter(map: ReadonlyMap<string, unknown>, after = ''): string[] {
  const keys: string[] = [];
  for (const key of map.keys()) if (key > after) keys.push(key);
  return keys.sort();
}

/** Of keys that are random, three characters tell; mixed by the golden ratio (Knuth, TAOCP 6.4). */
export function hashOfStart(key: string): number {
  const start = key.charCodeAt(0) | (key.charCodeAt(1) << 8) | (key.charCodeAt(2) << 16);
  return Math.imul(start, 0x9e3779b1) >>> 24;
}

/** Of any others, all of them. */
export function hashOfAll(key: string): number {
  return fnv1a(key) >>> 24;
}
