import { MINUTE } from '../../util/clock.js';

/** Whose tokens were ended when everybody's were. */
export const EVERYBODY = Symbol('everybody');

/** How many ends of all are remembered of a user. */
const KEPT = 4;

/**
 * When all of a user's API tokens were ended, or everybody's. The latest end decides, but one that is still to come: a
 * clock that was ahead has dated that, and believing it would refuse what is signed after it. Behind it those from before
 * still count, so the latest few are kept.
 */
export class CutOffs {
  /** The latest first. */
  readonly #byUser = new Map<string | typeof EVERYBODY, readonly number[]>();

  #size = 0;

  /** How many are remembered, of all users. */
  get size(): number {
    return this.#size;
  }

  add(username: string | typeof EVERYBODY, time: number): void {
    const known = this.#byUser.get(username) ?? [];
    if (known.includes(time)) return;
    const kept = [...known, time].sort((a, b) => b - a).slice(0, KEPT);
    this.#byUser.set(username, kept);
    this.#size += kept.length - known.length;
  }

  /** Whether that one is still remembered. */
  has(username: string | typeof EVERYBODY, time: number): boolean {
    return this.#byUser.get(username)?.includes(time) ?? false;
  }

  /** Whether what was begun or signed at `time` was ended since. */
  refuses(username: string | typeof EVERYBODY, time: number, now: number): boolean {
    return time <= this.#latest(username, now) || time <= this.#latest(EVERYBODY, now);
  }

  #latest(username: string | typeof EVERYBODY, now: number): number {
    return this.#byUser.get(username)?.find((at) => at <= now + MINUTE) ?? -Infinity;
  }
}
