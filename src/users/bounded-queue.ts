/** So much work waits already that more would only wait in vain. */
export class QueueFullError extends Error {
  override readonly name = 'QueueFullError';
}

/** How much of a kind of work may go on, and how much may wait for it. */
export interface QueueLimits {
  readonly atOnce: number;
  readonly waiting: number;
}

/** Does a few pieces of work at once, lets a few wait in the order of their coming, and refuses the rest. */
export class BoundedQueue {
  readonly #limits: QueueLimits;
  readonly #waiting = new Set<() => void>();
  #running = 0;

  constructor(limits: QueueLimits) {
    this.#limits = limits;
  }

  /**
   * @param signal gives the place up while the work waits; what has begun is done.
   * @throws QueueFullError if no place is free.
   * @throws the signal's reason if it came first.
   */
  async run<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    await this.#turn(signal);
    try {
      return await work();
    } finally {
      this.#pass();
    }
  }

  async #turn(signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    if (this.#running < this.#limits.atOnce) {
      this.#running++;
      return;
    }
    if (this.#waiting.size >= this.#limits.waiting) throw new QueueFullError('Too much work is waiting');
    await new Promise<void>((resolve, reject) => {
      const leave = () => {
        this.#waiting.delete(begin);
        reject(signal?.reason as Error);
      };
      const begin = () => {
        signal?.removeEventListener('abort', leave);
        resolve();
      };
      signal?.addEventListener('abort', leave, { once: true });
      this.#waiting.add(begin);
    });
  }

  /** Hands the place to who has waited longest, without freeing it in between. */
  #pass(): void {
    const [next] = this.#waiting;
    if (next === undefined) {
      this.#running--;
      return;
    }
    this.#waiting.delete(next);
    next();
  }
}
