import { hashOfAll, Shards } from './shards.js';

/** Items by their owner, the oldest first; a lone item costs no set of its own, since most owners have one. */
export class OwnerIndex<T extends object> {
  readonly #shards = new Shards<T | Set<T>>(hashOfAll);

  add(owner: string, item: T): void {
    const owners = this.#shards.of(owner);
    const present = owners.get(owner);
    if (present === undefined) owners.set(owner, item);
    else if (present instanceof Set) present.add(item);
    else owners.set(owner, new Set([present, item]));
  }

  remove(owner: string, item: T): void {
    const owners = this.#shards.of(owner);
    const present = owners.get(owner);
    if (present === item) owners.delete(owner);
    else if (present instanceof Set && present.delete(item) && present.size === 0) owners.delete(owner);
  }

  *of(owner: string): Iterable<T> {
    const present = this.#shards.of(owner).get(owner);
    if (present instanceof Set) yield* present;
    else if (present !== undefined) yield present;
  }
}
