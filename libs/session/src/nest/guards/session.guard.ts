import { Inject, Injectable, Optional, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { CappedLog } from '../../core/capped-log.js';
import { isRefusal, isSessionError } from '../../core/error-brand.js';
import { AccessTokenNotFoundError, SessionConfigurationError, type SessionError } from '../../core/errors.js';
import { SessionValidator } from '../../core/session-validator.js';
import { refuse, type Telling } from '../http-errors.js';
import { GUARD_SETTINGS, type GuardSettings } from '../module-definition.js';
import { carrySession } from '../request-session.js';
import { routeRules } from '../route-rules.js';
import { SessionTransport } from '../transports/session-transport.js';

const NO_MANAGER =
  'SessionGuard: found no session manager; import SessionModule.forRoot(…) in the root module (with isGlobal: false in ' +
  'this one too), and instead of a guard made by hand bind { provide: APP_GUARD, useExisting: SessionGuard } or use ' +
  'app.get(SessionGuard)';

/**
 * Lets requests with a valid access token through and puts the session on the request. What else a route accepts
 * its decorators say: `@Public()`, `@OptionalSession()`, `@AcceptTokens()`, `@RequireDataset()`.
 */
@Injectable()
export class SessionGuard implements CanActivate {
  readonly #sessions: SessionValidator;
  readonly #transport: SessionTransport;
  readonly #resolveUser: GuardSettings['resolveUser'];
  readonly #effectivePermissions: GuardSettings['effectivePermissions'];
  readonly #refusals: CappedLog;
  readonly #telling: Telling;

  /**
   * What it takes is optional for Nest only, which would otherwise refuse in its own words.
   *
   * @internal Nest injects.
   * @throws SessionConfigurationError if any of it is missing.
   */
  constructor(
    @Optional() sessions: SessionValidator,
    @Optional() transport: SessionTransport,
    @Optional() @Inject(GUARD_SETTINGS) settings: GuardSettings,
  ) {
    if (!sessions || !transport || !settings) throw new SessionConfigurationError(NO_MANAGER);
    this.#sessions = sessions;
    this.#transport = transport;
    this.#resolveUser = settings.resolveUser;
    this.#effectivePermissions = settings.effectivePermissions;
    const { logger } = settings;
    this.#refusals = new CappedLog((line) => logger.debug(line));
    this.#telling = settings;
  }

  /**
   * Whether the request may go on; as a guard of Nest's.
   *
   * @throws `HttpException` if it may not: 401, 400 for more than one credential, 503 for a store that cannot answer.
   */
  async canActivate(context: ExecutionContext): Promise<boolean> {
    const { mode, accept } = routeRules(context);
    if (mode === 'public') return true;
    const http = context.switchToHttp();
    const request = http.getRequest<object>();
    const resolveUser = this.#resolveUser;
    try {
      const session = await this.#sessions.validateSession(this.#transport.read(request), { accept });
      const user = resolveUser === undefined ? session : await resolveUser(session);
      if (user === null || user === undefined) {
        throw new AccessTokenNotFoundError('resolveUser knows no such user');
      }
      carrySession(request, { session, user, effectivePermissions: this.#effectivePermissions });
      return true;
    } catch (error) {
      if (!isSessionError(error)) throw error;
      if (error.code === 'MISSING_TOKEN' && mode === 'optional') return true;
      this.#log(error);
      throw refuse(error, http.getResponse(), this.#telling);
    }
  }

  #log(error: SessionError): void {
    const { sessionId, reason } = isRefusal(error) ? error : {};
    this.#refusals.note(() =>
      sessionId === undefined
        ? `Refused: ${error.code}`
        : `Refused: ${error.code} (${reason}), session ${sessionId}`,
    );
  }
}
