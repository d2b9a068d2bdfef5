import type { Absence } from '../../core/session-store.js';

/** How many are remembered at least, and at most twice as many. */
const GENERATION = 8192;

/**
 * Why sessions that are gone have gone, for the latest of them: two generations, of which the older is forgotten as
 * a whole, so that no flood of endings costs more than this.
 */
export class Tombstones {
  #young = new Map<string, Absence>();
  #old = new Map<string, Absence>();

  set(id: string, reason: Absence): void {
    if (this.#young.size >= GENERATION) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(id, reason);
  }

  get(id: string): Absence | undefined {
    return this.#young.get(id) ?? this.#old.get(id);
  }
}
