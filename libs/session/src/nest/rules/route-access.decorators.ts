import type { TokenType } from '../../core/token-type.js';
import { ACCEPTED_TOKENS, FRESH, ROUTE_MODE, Says } from './metadata.js';

// What stands on a handler goes before what stands on its class, and that before what stands on the class's parents.
// In one place the stricter holds.

/** Lets everyone in; credentials are not looked at. Beside `@OptionalSession()` or `@AcceptTokens()` it says nothing. */
export const Public = (): ClassDecorator & MethodDecorator => Says(ROUTE_MODE, 'public');

/** Lets a request without a credential in, without a session; a bad credential is 401 and a broken store 503. */
export const OptionalSession = (): ClassDecorator & MethodDecorator => Says(ROUTE_MODE, 'optional');

/**
 * Asks the store itself whether the session is there, past whatever is kept nearby (`nearCache`): for what must not happen
 * in the moment after a logout elsewhere. Says nothing where nothing is nearby.
 */
export const RequireFresh = (): ClassDecorator & MethodDecorator => Says(FRESH, true);

/**
 * Lists exactly the token types that a route accepts; without it, access tokens only. Of two lists in one place, what
 * stands in both is accepted.
 *
 * @param types at least one.
 */
export const AcceptTokens = (
  ...types: readonly [TokenType, ...TokenType[]]
): ClassDecorator & MethodDecorator => Says(ACCEPTED_TOKENS, types);
