import type { ExecutionContext } from '@nestjs/common';
import type { RequestContext } from '../contexts/request-context.js';
import { admittedSession, type AdmittedSession } from '../contexts/request-session.js';
import { routeRules } from './route-rules.js';

/** The session that a guard let in to this handler, if any. */
export function admittedTo(context: ExecutionContext, here: RequestContext): AdmittedSession | undefined {
  const { mode, accepted } = routeRules(context);
  // Where handlers share a request, another one may have asked whose it is.
  if (mode === 'public' && here.shared !== undefined) return undefined;
  return admittedSession(here, accepted);
}
