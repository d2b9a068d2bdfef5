import { checkDetailChanges } from '../core/amendments.js';
import { InvalidInputError } from '../core/errors.js';
import type { PageRequest } from '../core/session-store.js';
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
  checkObject(options);
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

/**
 * What is to end of everybody's: API tokens too, unless that is `false`.
 *
 * @throws InvalidInputError as {@link extentIn}.
 */
export function wholeExtentIn(options: unknown): Extent {
  const { apiTokens, ...spared } = extentIn(options);
  const isGiven = (options as { readonly apiTokens?: unknown }).apiTokens !== undefined;
  return { ...spared, apiTokens: isGiven ? apiTokens : true };
}

/**
 * What is to change of a session's details.
 *
 * @throws InvalidInputError for what does not say it.
 */
export function detailChangesIn(changes: unknown): Readonly<Record<string, string | null>> {
  if (typeof changes !== 'object' || changes === null) {
    throw new InvalidInputError(`changes: expected { details }, got ${describeValue(changes)}`);
  }
  const { details = {} } = changes as { readonly details?: unknown };
  return checkDetailChanges(details);
}

/**
 * Which page is wanted.
 *
 * @throws InvalidInputError for a limit that is no whole number from 1 to 1000, and for an `after` that is no text.
 */
export function pageIn(options: unknown): PageRequest {
  checkObject(options);
  const { after, limit = PAGE } = options as { readonly after?: unknown; readonly limit?: unknown };
  if (typeof limit !== 'number' || !Number.isInteger(limit) || limit < 1 || limit > MAX_PAGE) {
    throw new InvalidInputError(
      `limit: expected a whole number from 1 to ${MAX_PAGE}, got ${describeValue(limit)}`,
    );
  }
  if (after === undefined) return { limit };
  if (isPlainText(after, MAX_CURSOR_LENGTH)) return { after, limit };
  throw new InvalidInputError(`after: expected the next of a page, got ${describeValue(after)}`);
}

/** @throws InvalidInputError for options that are no object. */
export function checkObject(options: unknown): asserts options is object {
  if (typeof options === 'object' && options !== null) return;
  throw new InvalidInputError(`options: expected an object, got ${describeValue(options)}`);
}

/** The refusal of an `after` that a store does not know. */
export function noSuchPage(): InvalidInputError {
  return new InvalidInputError('after: expected the next of a page, got a text that is none');
}

const PAGE = 100;
const MAX_PAGE = 1000;
/** A cursor may name an API token of another program, whose name is long. */
const MAX_CURSOR_LENGTH = 1024;
/** Far beyond that of any id. */
const MAX_ID_LENGTH = 256;
