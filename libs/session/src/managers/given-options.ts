import { InvalidInputError } from '../core/errors.js';
import { isUsername } from '../core/session.js';
import { describeValue, isPlainText } from '../util/text.js';

/**
 * Options that narrow what ends, read so that a variable which happens to hold nothing widens it never: a member that
 * is given, be it as `undefined`, is not one that was left out.
 */

/** Whose something has to be in order to end: `{}` for whoever's. */
export interface Owner {
  readonly username?: string;
}

const WHOEVER: Owner = Object.freeze({});

/** Whose it has to be; `undefined` for nobody's, which a `username` is that is given and is no user name. */
export function ownerIn(options: unknown): Owner | undefined {
  if (typeof options !== 'object' || options === null) return undefined;
  if (!('username' in options)) return WHOEVER;
  const { username } = options;
  return isUsername(username) ? { username } : undefined;
}

/** What ends of a user's: all sessions but perhaps one, and perhaps the API tokens. */
export interface Extent {
  readonly except?: string;
  readonly apiTokens: boolean;
}

/**
 * What is to end. An `except` that names no session is refused: it leaves open whether one was to be spared, and
 * whether API tokens were to end.
 *
 * @throws InvalidInputError for options that do not say it.
 */
export function extentIn(options: unknown): Extent {
  if (typeof options !== 'object' || options === null) {
    throw new InvalidInputError(`options: expected an object, got ${describeValue(options)}`);
  }
  const { except, apiTokens } = options as { readonly except?: unknown; readonly apiTokens?: unknown };
  if (apiTokens !== undefined && typeof apiTokens !== 'boolean') {
    throw new InvalidInputError(`apiTokens: expected true or false, got ${describeValue(apiTokens)}`);
  }
  if (!('except' in options)) return { apiTokens: apiTokens ?? true };
  if (isPlainText(except, MAX_ID_LENGTH)) return { except, apiTokens: apiTokens ?? false };
  throw new InvalidInputError(
    `except: expected the id of a session, got ${describeValue(except)}; leave it out to spare none`,
  );
}

/** Far beyond that of any id. */
const MAX_ID_LENGTH = 256;
