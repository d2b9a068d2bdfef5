import {
  Inject,
  Injectable,
  Logger,
  Optional,
  type CanActivate,
  type ExecutionContext,
} from '@nestjs/common';
import { grants } from '../../core/datasets.js';
import { permissionsNow } from '../../core/effective-permissions.js';
import { isSessionError } from '../../core/error-brand.js';
import { InsufficientScopeError, MissingTokenError, type SessionError } from '../../core/errors.js';
import { harmless, type SessionLogger } from '../../core/logger.js';
import type { SessionInfo } from '../../core/session.js';
import { describeValue, printableError } from '../../util/text.js';
import { TokenType } from '../../core/token-type.js';
import { requestContext } from '../contexts/context-kinds.js';
import type { RequestContext } from '../contexts/request-context.js';
import type { AdmittedSession } from '../contexts/request-session.js';
import { admittedTo } from '../rules/admitted-to.js';
import type { DatasetRequirement } from '../rules/metadata.js';
import { RouteMistakes } from '../rules/route-mistakes.js';
import { routeRules, type RouteRules } from '../rules/route-rules.js';
import { MODULE_SETTINGS, type GuardSettings } from '../settings.js';
import { refuseUndeclared } from './undeclared-context.js';

/**
 * Holds API tokens to their rights on datasets, and to those of their owners where `effectivePermissions` tells them;
 * bound by `@RequireDataset()`. Refuses a request on which no session guard has put a session, and a route that has no
 * such parameter; that is the developer's to mend, and is logged as an error once for each route.
 */
@Injectable()
export class DatasetGuard implements CanActivate {
  readonly #logger: SessionLogger;
  readonly #mistakes: RouteMistakes;
  /** Judged already: a guard that is bound to the class and to the handler comes twice, with one context. */
  readonly #passed = new WeakSet<ExecutionContext>();

  /** @internal Nest injects. */
  constructor(@Optional() @Inject(MODULE_SETTINGS) settings?: GuardSettings) {
    this.#logger = settings?.logger ?? harmless(new Logger(DatasetGuard.name));
    this.#mistakes = new RouteMistakes(this.#logger);
  }

  /**
   * Whether the request may go on; as a guard of Nest's.
   *
   * @throws `HttpException`: 403 for a missing right, 401 for a missing session, 503 if nothing is known of the rights.
   */
  async canActivate(context: ExecutionContext): Promise<boolean> {
    if (this.#passed.has(context)) return true;
    const here = requestContext(context);
    if (here === undefined) return refuseUndeclared(context, this.#mistakes);
    const { mode, datasets } = routeRules(context);
    const admitted = admittedTo(context, here);
    for (const requirement of datasets) {
      const dataset = here.parameter(requirement.parameter);
      try {
        await checkRight(admitted, requirement, dataset);
      } catch (error) {
        if (!isSessionError(error)) throw error;
        const wrong = mistake(admitted?.carried.session, mode, requirement, here);
        if (wrong !== undefined) this.#mistakes.report(context, wrong);
        this.#logFailure(error);
        throw await here.exceptionFor(error);
      }
    }
    this.#passed.add(context);
    return true;
  }

  /** What broke in the application's own function, which nobody else would tell. */
  #logFailure({ message, cause }: SessionError): void {
    if (cause !== undefined) this.#logger.error(`${message}: ${printableError(cause)}`);
  }
}

async function checkRight(
  admitted: AdmittedSession | undefined,
  { permission, parameter }: DatasetRequirement,
  dataset: unknown,
): Promise<void> {
  if (admitted === undefined) throw new MissingTokenError('No session guard ran before DatasetGuard');
  if (typeof dataset !== 'string') {
    throw new InsufficientScopeError(
      `Expected the parameter ${parameter} to name a dataset, got ${describeValue(dataset)}`,
    );
  }
  const { session } = admitted.carried;
  const { effectivePermissions } = admitted.settings;
  if (session.type !== TokenType.Api) return;
  if (session.datasets !== undefined && !grants(session.datasets, dataset, permission)) {
    throw new InsufficientScopeError(`The API token may not ${permission} this dataset`);
  }
  if (effectivePermissions === undefined) return;
  const permissions = await permissionsNow(effectivePermissions, session.username, dataset);
  if (permissions.includes(permission)) return;
  throw new InsufficientScopeError(`The owner of the API token may not ${permission} this dataset`);
}

/** What keeps everyone off the route, and how to mend it; `undefined` where only this request falls short. */
function mistake(
  session: SessionInfo | undefined,
  mode: RouteRules['mode'],
  { parameter }: DatasetRequirement,
  here: RequestContext,
): string | undefined {
  const dataset = here.parameter(parameter);
  if (session === undefined && mode === 'required') {
    return (
      'no session guard ran before @RequireDataset, which refuses everyone then; bind SessionGuard globally, ' +
      'on the class that has the decorator, or below the decorator'
    );
  }
  if (session === undefined && mode === 'public') {
    return '@Public() leaves @RequireDataset no session to judge, so that it refuses everyone; remove one of the two';
  }
  if (session === undefined || typeof dataset === 'string' || !here.declaresParameters) return undefined;
  if (dataset === undefined) {
    return `@RequireDataset names the parameter "${parameter}", which the route lacks; name one of its parameters`;
  }
  return (
    `@RequireDataset names the parameter "${parameter}", which is no text here but the segments of a wildcard; ` +
    'name a parameter of one segment, as ":dataset" is'
  );
}
