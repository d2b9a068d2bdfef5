/** Values by a key. A key with one value, as nearly all are, costs no set. */
export class Groups<K, V extends object> {
  readonly #groups = new Map<K, V | Set<V>>();

  /** How many keys have values. */
  get size(): number {
    return this.#groups.size;
  }

  keys(): Iterable<K> {
    return this.#groups.keys();
  }

  /** Those of a key as they are now, in the order in which they came. */
  of(key: K): readonly V[] {
    const group = this.#groups.get(key);
    if (group === undefined) return [];
    return group instanceof Set ? [...group] : [group];
  }

  add(key: K, value: V): void {
    const group = this.#groups.get(key);
    if (group === undefined) this.#groups.set(key, value);
    else if (group instanceof Set) group.add(value);
    else if (group !== value) this.#groups.set(key, new Set([group, value]));
  }

  remove(key: K, value: V): void {
    const group = this.#groups.get(key);
    if (group instanceof Set) {
      group.delete(value);
      if (group.size === 0) this.#groups.delete(key);
    } else if (group === value) this.#groups.delete(key);
  }
}
