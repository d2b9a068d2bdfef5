import { isSessionError } from './error-brand.js';
import { SessionStoreUnavailableError } from './errors.js';
import type { Permission } from './permission.js';
import type { MaybePromise } from '../util/maybe-promise.js';
import { describeValue } from '../util/text.js';

/**
 * Tells what a user may do with a dataset now: `[]` for nothing, for a user who is no more, and for a dataset that is
 * none, since the name may be whatever a request asks for.
 */
export type EffectivePermissions = (username: string, dataset: string) => MaybePromise<readonly Permission[]>;

/**
 * Asks what a user may do with a dataset now; each time anew, since a right that was taken away must be gone.
 *
 * @throws SessionStoreUnavailableError if the answer is none or no list: nothing is known then, and nothing granted.
 * An error of this library that the application throws itself is left as it is.
 */
export async function permissionsNow(
  effectivePermissions: EffectivePermissions,
  username: string,
  dataset: string,
): Promise<readonly Permission[]> {
  try {
    const permissions = await effectivePermissions(username, dataset);
    if (Array.isArray(permissions)) return permissions as readonly Permission[];
    throw new TypeError(`expected an array of permissions, got ${describeValue(permissions)}`);
  } catch (cause) {
    if (isSessionError(cause)) throw cause;
    throw new SessionStoreUnavailableError('effectivePermissions could not answer', { cause });
  }
}
