import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { carriedSession } from '../request-session.js';

/** The session of a guarded request as `SessionInfo`; `undefined` where `@OptionalSession()` let one in without. */
export const CurrentSession = createParamDecorator(
  (_: unknown, context: ExecutionContext) =>
    carriedSession(context.switchToHttp().getRequest<object>())?.session,
);

/**
 * The user of a guarded request, as `resolveUser` found it (without that hook the `SessionInfo`), or one property
 * of it: `@CurrentUser('username') name: string`.
 */
export const CurrentUser = createParamDecorator((property: string | undefined, context: ExecutionContext) => {
  const user = carriedSession(context.switchToHttp().getRequest<object>())?.user;
  if (property === undefined) return user;
  return (user as Record<string, unknown> | undefined)?.[property];
});
