import { firstValueFrom, Observable, type Subscribable } from 'rxjs';
import { AccessTokenNotFoundError } from '../core/errors.js';
import type { SessionInfo } from '../core/session.js';

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
  const user = isStream(answer) ? await firstOf(answer) : answer;
  if (isNobody(user)) throw new AccessTokenNotFoundError('resolveUser knows no such user');
  return user;
}

/** What can be subscribed to, of whichever library. */
function isStream(answer: unknown): answer is Subscribable<unknown> {
  const { subscribe } = (answer ?? {}) as { readonly subscribe?: unknown };
  return typeof subscribe === 'function';
}

function firstOf(stream: Subscribable<unknown>): Promise<unknown> {
  const values = new Observable((observer) => stream.subscribe(observer));
  return firstValueFrom(values, { defaultValue: undefined });
}

/**
 * Searches that find nobody answer so, in lists and boxes too; and hooks that return an exception in place of throwing
 * it, of whichever realm, or a stream where a user was asked for.
 */
function isNobody(answer: unknown): boolean {
  if (!answer || typeof answer === 'function' || isStream(answer)) return true;
  if (Array.isArray(answer)) return answer.every(isNobody);
  const kind = Object.prototype.toString.call(answer);
  return answer instanceof Error || kind === '[object Error]' || (BOXED.has(kind) && !answer.valueOf());
}

const BOXED: ReadonlySet<string> = new Set(['[object Boolean]', '[object Number]', '[object String]']);
