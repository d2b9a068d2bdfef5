/** Items by their owner, the oldest first; a lone item costs no set of its own, since most owners have one. */
export class OwnerIndex<T extends object> {
  readonly #items = new Map<string, T | Set<T>>();

  add(owner: string, item: T): void {
    const present = this.#items.get(owner);
    if (present === undefined) this.#items.set(owner, item);
    else if (present instanceof Set) present.add(item);
    else this.#items.set(owner, new Set([present, item]));
  }

  remove(owner: string, item: T): void {
    const present = this.#items.get(owner);
    if (present === item) this.#items.delete(owner);
    else if (present instanceof Set && present.delete(item) && present.size === 0) this.#items.delete(owner);
  }

  *of(owner: string): Iterable<T> {
    const present = this.#items.get(owner);
    if (present instanceof Set) yield* present;
    else if (present !== undefined) yield present;
  }
}
