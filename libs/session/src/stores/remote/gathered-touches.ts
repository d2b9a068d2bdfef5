import { SECOND } from '../../util/clock.js';

/** Beyond so many they are sent at once. */
const MAX_GATHERED = 10_000;

/**
 * Accesses that were answered from nearby, gathered and told to the server once in a second, in one call. One that cannot
 * be told is lost, which harms nobody: it would only have been noted.
 */
export class GatheredTouches {
  readonly #send: (touches: ReadonlyMap<string, number>) => Promise<void>;
  #gathered = new Map<string, number>();
  #timer: NodeJS.Timeout | undefined;
  #sending: Promise<void> = Promise.resolve();

  /** @param send tells ids and the times of their latest accesses, in epoch milliseconds. */
  constructor(send: (touches: ReadonlyMap<string, number>) => Promise<void>) {
    this.#send = send;
  }

  note(id: string, time: number): void {
    const known = this.#gathered.get(id);
    if (known === undefined || time > known) this.#gathered.set(id, time);
    if (this.#gathered.size >= MAX_GATHERED) void this.flush();
    else this.#timer ??= setTimeout(() => void this.flush(), SECOND).unref();
  }

  /** Resolves once all that was noted before has been told, or is lost. */
  flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#gathered.size > 0) {
      const touches = this.#gathered;
      this.#gathered = new Map();
      // One after the other, so that who waits for the last one has waited for all.
      this.#sending = this.#sending.then(() => this.#send(touches)).catch(() => undefined);
    }
    return this.#sending;
  }
}
