import { Inject, Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import {
  AccessTokenNotFoundError,
  MissingTokenError,
  SessionError,
  SessionValidationError,
} from '../../core/errors.js';
import type { SessionLogger } from '../../core/logger.js';
import { SessionValidator } from '../../core/session-validator.js';
import type { SessionInfo } from '../../core/session.js';
import { refuse } from '../http-errors.js';
import { GUARD_SETTINGS, type GuardSettings } from '../module-definition.js';
import { carrySession } from '../request-session.js';
import { routeRules, type RouteRules } from '../route-rules.js';
import { SessionTransport } from '../transports/session-transport.js';

/**
 * Lets requests with a valid access token through and puts the session on the request. What else a route accepts
 * its decorators say: `@Public()`, `@OptionalSession()`, `@AcceptTokens()`, `@RequireDataset()`.
 */
@Injectable()
export class SessionGuard implements CanActivate {
  readonly #sessions: SessionValidator;
  readonly #transport: SessionTransport;
  readonly #resolveUser: (session: SessionInfo) => unknown;
  readonly #logger: SessionLogger;

  constructor(
    sessions: SessionValidator,
    transport: SessionTransport,
    @Inject(GUARD_SETTINGS) { resolveUser, logger }: GuardSettings,
  ) {
    this.#sessions = sessions;
    this.#transport = transport;
    this.#resolveUser = resolveUser ?? ((session) => session);
    this.#logger = logger;
  }

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const rules = routeRules(context);
    if (rules.mode === 'public') return true;
    const http = context.switchToHttp();
    try {
      await this.#admit(http.getRequest<object>(), rules);
      return true;
    } catch (error) {
      if (!(error instanceof SessionError)) throw error;
      if (error instanceof MissingTokenError && rules.mode === 'optional') return true;
      this.#log(error);
      throw refuse(error, http.getResponse());
    }
  }

  async #admit(request: object, { accept }: RouteRules): Promise<void> {
    const session = await this.#sessions.validateSession(this.#transport.read(request), { accept });
    const user = await this.#resolveUser(session);
    if (user === null || user === undefined) {
      throw new AccessTokenNotFoundError('resolveUser knows no such user');
    }
    carrySession(request, { session, user });
  }

  #log(error: SessionError): void {
    const session = error instanceof SessionValidationError ? error.sessionId : undefined;
    this.#logger.debug(
      session === undefined ? `Refused: ${error.code}` : `Refused: ${error.code}, session ${session}`,
    );
  }
}
