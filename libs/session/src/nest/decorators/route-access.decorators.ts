import { SetMetadata } from '@nestjs/common';
import type { TokenType } from '../../core/token-type.js';
import { ACCEPTED_TOKENS, ROUTE_MODE, type RouteMode } from '../metadata.js';

/** Lets everyone in; credentials are not looked at. */
export const Public = () => SetMetadata(ROUTE_MODE.key, 'public' satisfies RouteMode);

/** Lets a request without a credential in, without a session; a bad credential is 401 and a broken store 503. */
export const OptionalSession = () => SetMetadata(ROUTE_MODE.key, 'optional' satisfies RouteMode);

/**
 * Lists exactly the token types that open a route; without it, access tokens only.
 *
 * @param types at least one.
 */
export const AcceptTokens = (...types: readonly [TokenType, ...TokenType[]]) =>
  SetMetadata(ACCEPTED_TOKENS.key, types);
