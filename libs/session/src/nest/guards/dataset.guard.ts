import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { grants } from '../../core/datasets.js';
import { InsufficientScopeError, MissingTokenError, type SessionError } from '../../core/errors.js';
import type { SessionInfo } from '../../core/session.js';
import { TokenType } from '../../core/token-type.js';
import { refuse } from '../http-errors.js';
import type { DatasetRequirement } from '../metadata.js';
import { carriedSession } from '../request-session.js';
import { routeRules } from '../route-rules.js';

/**
 * Holds API tokens to their rights on datasets; bound by `@RequireDataset()`. Refuses a request on which no session
 * guard has put a session, and a route that has no such parameter.
 */
@Injectable()
export class DatasetGuard implements CanActivate {
  /**
   * Whether the request may go on; as a guard of Nest's.
   *
   * @throws `HttpException`: 403 for a missing right, 401 for a missing session.
   */
  canActivate(context: ExecutionContext): boolean {
    const http = context.switchToHttp();
    const request = http.getRequest<{ params?: Record<string, string | undefined> }>();
    const session = carriedSession(request)?.session;
    for (const requirement of routeRules(context).datasets) {
      const refusal = objection(session, requirement, request.params?.[requirement.parameter]);
      if (refusal) throw refuse(refusal, http.getResponse());
    }
    return true;
  }
}

function objection(
  session: SessionInfo | undefined,
  { permission, parameter }: DatasetRequirement,
  dataset: string | undefined,
): SessionError | undefined {
  if (session === undefined) return new MissingTokenError('No session guard ran before DatasetGuard');
  if (dataset === undefined) return new InsufficientScopeError(`The route has no parameter ${parameter}`);
  if (session.type !== TokenType.Api || session.datasets === undefined) return undefined;
  if (grants(session.datasets, dataset, permission)) return undefined;
  return new InsufficientScopeError(`The API token may not ${permission} this dataset`);
}
