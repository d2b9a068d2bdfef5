import { observe } from './observer.js';

/** Those who want to be told of something; what one of them throws is nobody's business. */
export class Listeners<T> {
  readonly #subscriptions = new Set<{ readonly listener: (news: T) => unknown }>();

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
    for (const { listener } of [...this.#subscriptions]) observe(() => listener(news), ignore);
  }
}

function ignore(): void {}
