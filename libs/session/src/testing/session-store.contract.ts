import type { MaybePromise } from '../util/maybe-promise.js';
import type { SessionStore } from '../core/session-store.js';
import { absencePromises } from './session-store.contract/absence.js';
import { accessPromises } from './session-store.contract/access.js';
import { amendPromises } from './session-store.contract/amend.js';
import { browsePromises } from './session-store.contract/browse.js';
import { createPromises } from './session-store.contract/create.js';
import { earlierNowPromises } from './session-store.contract/earlier-now.js';
import { lifetimePromises } from './session-store.contract/lifetimes.js';
import { limitPromises } from './session-store.contract/limits.js';
import { listAndSweepPromises } from './session-store.contract/list-and-sweep.js';
import { memberPromises } from './session-store.contract/members.js';
import { newIdPromises } from './session-store.contract/new-id.js';
import { revokeAllPromises } from './session-store.contract/revoke-all.js';
import { revokePromises } from './session-store.contract/revoke.js';
import { rotatePromises } from './session-store.contract/rotate.js';
import { subscribePromises } from './session-store.contract/subscribe.js';
import { promisesOf, type StoreUnderTest, type TestApi } from './test-api.js';

/**
 * Checks a session store against everything that the port promises, one named test for each. Run it against
 * a store of your own before you trust it with sessions.
 *
 * @param name what to call the store in the report.
 * @param api `describe` and `it` of Jest, Vitest or `node:test`.
 * @param makeStore called before each test for an empty store; `dispose` is called after it.
 *
 * @example
 * import { describe, it } from 'vitest';
 * import { describeSessionStore } from 'nestjs-session-manager/testing';
 *
 * describeSessionStore('MyStore', { describe, it }, async () => {
 *   const store = await MyStore.connect(url, { namespace: randomUUID() });
 *   return { store, dispose: () => store.close() };
 * });
 */
export function describeSessionStore(
  name: string,
  api: TestApi,
  makeStore: () => MaybePromise<StoreUnderTest<SessionStore>>,
): void {
  api.describe(`${name} keeps the contract of SessionStore`, () => {
    const promise = promisesOf(api, makeStore);
    createPromises(promise);
    memberPromises(promise);
    limitPromises(promise);
    accessPromises(promise);
    rotatePromises(promise);
    amendPromises(promise);
    revokePromises(promise);
    revokeAllPromises(promise);
    lifetimePromises(promise);
    browsePromises(promise);
    listAndSweepPromises(promise);
    absencePromises(promise);
    newIdPromises(promise);
    subscribePromises(promise);
    earlierNowPromises(promise);
  });
}
