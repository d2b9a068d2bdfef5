import type { MaybePromise } from '../util/maybe-promise.js';

/** What a contract suite needs of a test runner; those of Jest, Vitest and `node:test` fit as they are. */
export interface TestApi {
  /** Groups tests. */
  readonly describe: (name: string, body: () => void) => unknown;
  /** Runs one. */
  readonly it: (name: string, body: () => Promise<void>) => unknown;
}

/** A store under test, empty, and what ends it after the test. */
export interface StoreUnderTest<Store> {
  /** Fresh and empty. */
  readonly store: Store;
  /** Called after the test, whatever came of it. Default: nothing. */
  readonly dispose?: () => MaybePromise<void>;
}

/** Names one promise and checks it on a store of its own. `start` is a whole second, some seconds ahead. */
export type Promises<Store> = (name: string, check: (store: Store, start: number) => Promise<void>) => void;

/** Binds a runner's `it` to a maker of stores. */
export function promisesOf<Store extends { readonly clock?: () => number }>(
  { it }: TestApi,
  makeStore: () => MaybePromise<StoreUnderTest<Store>>,
): Promises<Store> {
  return (name, check) => {
    it(name, async () => {
      const { store, dispose } = await makeStore();
      try {
        // Not in the past, nor until the test is over: a store may also hand its server's own clock an expiry to act upon, and
        // what it is told to do at an earlier time it does at its server's present.
        const present = store.clock?.() ?? Date.now();
        await check(store, (Math.ceil(present / 1000) + 5) * 1000);
      } finally {
        await dispose?.();
      }
    });
  };
}
