import { isWithin } from '../../util/clock.js';

/** How often, in milliseconds, the uses of tokens are written down. */
const EVERY = 300_000;

export interface Use {
  readonly jti: string;
  readonly at: number;
}

/** When tokens were last used in this process, as far as it is not in the file yet. */
export class LastUsed {
  readonly #times = new Map<string, number>();
  #writtenAt = -Infinity;

  note(jti: string, time: number): void {
    this.#times.set(jti, time);
  }

  /** Whether it is time to write; from then on it is not, however that turns out. */
  isDue(now: number): boolean {
    if (isWithin(this.#writtenAt, EVERY, now)) return false;
    this.#writtenAt = now;
    return true;
  }

  get unwritten(): Use[] {
    return [...this.#times].map(([jti, at]) => ({ jti, at }));
  }

  /** Forgets uses that are written, unless the token was used again meanwhile. */
  forget(written: readonly Use[]): void {
    for (const { jti, at } of written) if (this.#times.get(jti) === at) this.#times.delete(jti);
  }
}
