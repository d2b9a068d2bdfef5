import type { ApiTokenStore } from '../core/api-token-store.js';
import type { MaybePromise } from '../util/maybe-promise.js';
import { accessPromises } from './api-token-store.contract/access.js';
import { browsePromises } from './api-token-store.contract/browse.js';
import { listAndSweepPromises } from './api-token-store.contract/list-and-sweep.js';
import { newJtiPromises } from './api-token-store.contract/new-jti.js';
import { revokeAllPromises } from './api-token-store.contract/revoke-all.js';
import { revokeByUserPromises } from './api-token-store.contract/revoke-by-user.js';
import { revokePromises } from './api-token-store.contract/revoke.js';
import { subscribePromises } from './api-token-store.contract/subscribe.js';
import { promisesOf, type StoreUnderTest, type TestApi } from './test-api.js';

/**
 * Checks a store of API tokens against everything that the port promises, one named test for each.
 *
 * @param name what to call the store in the report.
 * @param api `describe` and `it` of Jest, Vitest or `node:test`.
 * @param makeStore called before each test for an empty store; `dispose` is called after it.
 *
 * @example
 * describeApiTokenStore('MyApiTokenStore', { describe, it }, () => ({ store: new MyApiTokenStore() }));
 */
export function describeApiTokenStore(
  name: string,
  api: TestApi,
  makeStore: () => MaybePromise<StoreUnderTest<ApiTokenStore>>,
): void {
  api.describe(`${name} keeps the contract of ApiTokenStore`, () => {
    const promise = promisesOf(api, makeStore);
    accessPromises(promise);
    revokePromises(promise);
    revokeByUserPromises(promise);
    revokeAllPromises(promise);
    browsePromises(promise);
    listAndSweepPromises(promise);
    newJtiPromises(promise);
    subscribePromises(promise);
  });
}
