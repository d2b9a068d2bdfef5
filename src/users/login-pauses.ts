/** How many names are remembered at most: any text can be tried for one. */
const MAX_NAMES = 10_000;

/**
 * Slows attempts on an account down, whatever addresses they come from. It never locks one out, since that would be a
 * way to keep its owner out: after the longest pause the right password opens as ever.
 *
 * A name that nobody has is slowed down alike, so that a pause does not tell who exists.
 */
export class LoginPauses {
  readonly #pauses: readonly number[];
  /** Attempts since the last good one; the name that was tried last stands at the end. */
  readonly #attempts = new Map<string, number>();

  /** @param pauses milliseconds before the first attempt, the second and so on; the last holds for all beyond. */
  constructor(pauses: readonly number[]) {
    this.#pauses = pauses;
  }

  /**
   * Counts an attempt, and resolves when it may go ahead. It counts at once, lest a thousand at the same time all be
   * the first.
   *
   * @throws the signal's reason, if that comes first.
   */
  async before(username: string, signal?: AbortSignal): Promise<void> {
    const earlier = this.#attempts.get(username) ?? 0;
    this.#attempts.delete(username);
    this.#attempts.set(username, earlier + 1);
    this.#forgetOldest();
    await pause(this.#pauses[earlier] ?? this.#pauses.at(-1) ?? 0, signal);
  }

  /** To be called after a good attempt: the next one is the first again. */
  forget(username: string): void {
    this.#attempts.delete(username);
  }

  #forgetOldest(): void {
    if (this.#attempts.size <= MAX_NAMES) return;
    const [oldest] = this.#attempts.keys();
    this.#attempts.delete(oldest!);
  }
}

async function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
  if (milliseconds === 0) return;
  signal?.throwIfAborted();
  await new Promise<void>((resolve, reject) => {
    const leave = () => {
      clearTimeout(timer);
      reject(signal?.reason as Error);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', leave);
      resolve();
    }, milliseconds);
    signal?.addEventListener('abort', leave, { once: true });
  });
}
