import { observe } from './observer.js';

/** Those who want to be told of something, in the order in which they came; what one of them throws is nobody's business. */
export class Listeners<T> {
  readonly #subscriptions = new Set<{ readonly listener: (news: T) => unknown }>();
  readonly #failed: (error: unknown) => void;

  /** @param failed hears of a listener that threw or rejected. Default: nobody does. */
  constructor(failed: (error: unknown) => void = ignore) {
    this.#failed = failed;
  }

  /** Whether there is anybody to tell: news that nobody hears need not be made. */
  get any(): boolean {
    return this.#subscriptions.size > 0;
  }

  add(listener: (news: T) => unknown): () => void {
    const subscription = { listener };
    this.#subscriptions.add(subscription);
    return () => {
      this.#subscriptions.delete(subscription);
    };
  }

  tell(news: T): void {
    for (const subscription of [...this.#subscriptions]) {
      // One that a listener before it has ended hears nothing more.
      if (this.#subscriptions.has(subscription)) observe(() => subscription.listener(news), this.#failed);
    }
  }
}

function ignore(): void {}
