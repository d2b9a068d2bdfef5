import { createParamDecorator, type ExecutionContext, type PipeTransform, type Type } from '@nestjs/common';
import { asHttp } from '../contexts/http-context.js';
import { carriedSession, type CarriedSession } from '../request-session.js';

// The types are written out because the inferred ones name what Nest 10 and 11 do not have.

/** The session of a guarded request as `SessionInfo`; `undefined` where `@OptionalSession()` let one in without. */
export const CurrentSession: (...pipes: (PipeTransform | Type<PipeTransform>)[]) => ParameterDecorator =
  createParamDecorator((_: unknown, context: ExecutionContext) => carriedBy(context)?.session);

/**
 * The user of a guarded request, as `resolveUser` found it (without that hook the `SessionInfo`), or one property
 * of it: `@CurrentUser('username') name: string`.
 */
export const CurrentUser: (
  ...propertyOrPipes: (string | PipeTransform | Type<PipeTransform>)[]
) => ParameterDecorator = createParamDecorator((property: string | undefined, context: ExecutionContext) => {
  const user = carriedBy(context)?.user;
  if (property === undefined) return user;
  return (user as Record<string, unknown> | undefined)?.[property];
});

function carriedBy(context: ExecutionContext): CarriedSession | undefined {
  const request = asHttp(context)?.getRequest<object>();
  return request && carriedSession(request);
}
