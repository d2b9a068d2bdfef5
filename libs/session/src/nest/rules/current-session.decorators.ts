import { createParamDecorator, type ExecutionContext, type PipeTransform, type Type } from '@nestjs/common';
import { requestContext } from '../contexts/context-kinds.js';
import type { CarriedSession } from '../contexts/request-session.js';
import { admittedTo } from './admitted-to.js';

// The types are written out because the inferred ones name what Nest 10 and 11 do not have.

/**
 * The session of a guarded request; `undefined` where `@OptionalSession()` let one in without.
 *
 * The type of the parameter is yours to write, by what the route lets in: `SessionTokenInfo` where that is access tokens
 * alone, which `SessionGuard` sees to; `SessionInfo` where `@RequireDataset()` or `@AcceptTokens()` admits API tokens.
 */
export const CurrentSession: (...pipes: (PipeTransform | Type<PipeTransform>)[]) => ParameterDecorator =
  createParamDecorator((_: unknown, context: ExecutionContext) => carriedBy(context)?.session);

/**
 * The user of a guarded request, as `resolveUser` found it (without that hook the `SessionInfo`), or one property
 * of it: `@CurrentUser('username') name: string`. With the type of the user, `@CurrentUser<User>('email')`, the compiler
 * knows which properties there are.
 */
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- the caller writes it
export const CurrentUser: <User = Record<string, unknown>>(
  propertyOrPipe?: (keyof User & string) | PipeTransform | Type<PipeTransform>,
  ...pipes: (PipeTransform | Type<PipeTransform>)[]
) => ParameterDecorator = createParamDecorator((property: string | undefined, context: ExecutionContext) => {
  const user = carriedBy(context)?.user;
  if (property === undefined) return user;
  return (user as Record<string, unknown> | undefined)?.[property];
});

function carriedBy(context: ExecutionContext): CarriedSession | undefined {
  const here = requestContext(context);
  return here && admittedTo(context, here)?.carried;
}
