import { firstValueFrom, isObservable } from 'rxjs';
import { AccessTokenNotFoundError } from '../../core/errors.js';
import type { SessionInfo } from '../../core/session.js';

/**
 * Asks the application's `resolveUser` whose session it is. An Observable is taken by its first value.
 *
 * @throws AccessTokenNotFoundError for whatever is no user.
 */
export async function resolvedUser(
  resolveUser: (session: SessionInfo) => unknown,
  session: SessionInfo,
): Promise<unknown> {
  const answer = await resolveUser(session);
  const user = isObservable(answer) ? await firstValueFrom(answer, { defaultValue: undefined }) : answer;
  if (isNobody(user)) throw new AccessTokenNotFoundError('resolveUser knows no such user');
  return user;
}

/** Searches that find nobody answer so, and hooks that return an exception in place of throwing it. */
function isNobody(answer: unknown): boolean {
  if (!answer || answer instanceof Error || typeof answer === 'function') return true;
  return Array.isArray(answer) && answer.length === 0;
}
