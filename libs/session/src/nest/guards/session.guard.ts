import { Inject, Injectable, Optional, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { CappedLog } from '../../util/capped-log.js';
import { isRefusal, isSessionError } from '../../core/error-brand.js';
import { AccessTokenNotFoundError, SessionConfigurationError, type SessionError } from '../../core/errors.js';
import { SessionTransport } from '../../core/session-transport.js';
import { SessionValidator } from '../../core/session-validator.js';
import { trackAnswer } from '../connections/lasting-answer.js';
import { SessionConnections } from '../connections/session-connections.js';
import { requestContext } from '../contexts/context-kinds.js';
import { admittedSession, carrySession, type CarriedSession } from '../contexts/request-session.js';
import { RouteMistakes } from '../rules/route-mistakes.js';
import { routeRules } from '../rules/route-rules.js';
import { MODULE_SETTINGS, type GuardSettings } from '../settings.js';
import { resolvedUser } from '../resolved-user.js';
import { refuseUndeclared } from './undeclared-context.js';

const NO_MANAGER =
  'SessionGuard: found no session manager; import SessionModule.forRoot(…) in the root module (with isGlobal: false in ' +
  'this one too), and instead of a guard made by hand bind { provide: APP_GUARD, useExisting: SessionGuard } or use ' +
  'app.get(SessionGuard); a unit test of a controller replaces it by overrideGuard(SessionGuard).useValue(…)';

/**
 * Lets requests with a valid access token through and puts the session on the request. What else a route accepts
 * its decorators say: `@Public()`, `@OptionalSession()`, `@AcceptTokens()`, `@RequireDataset()`.
 */
@Injectable()
export class SessionGuard implements CanActivate {
  readonly #sessions: SessionValidator;
  readonly #transport: SessionTransport;
  readonly #settings: GuardSettings;
  readonly #connections: SessionConnections | undefined;
  readonly #refusals: CappedLog;
  readonly #mistakes: RouteMistakes;

  /**
   * What it takes is optional for Nest only, which would otherwise refuse in its own words.
   *
   * @internal Nest injects.
   * @throws SessionConfigurationError if any of it is missing.
   */
  constructor(
    @Optional() sessions: SessionValidator,
    @Optional() transport: SessionTransport,
    @Optional() @Inject(MODULE_SETTINGS) settings: GuardSettings,
    @Optional() connections?: SessionConnections,
  ) {
    if (!sessions || !transport || !settings) throw new SessionConfigurationError(NO_MANAGER);
    this.#sessions = sessions;
    this.#transport = transport;
    this.#settings = settings;
    this.#connections = connections;
    const { logger } = settings;
    this.#refusals = new CappedLog((line) => logger.debug(line));
    this.#mistakes = new RouteMistakes(logger);
  }

  /**
   * Whether the request may go on; as a guard of Nest's.
   *
   * @throws `HttpException` if it may not: 401, 400 for more than one credential, 503 for a store that cannot answer.
   */
  async canActivate(context: ExecutionContext): Promise<boolean> {
    const { mode, validation, lasts } = routeRules(context);
    if (mode === 'public') return true;
    const here = requestContext(context);
    if (here === undefined) return refuseUndeclared(context, this.#mistakes);
    if (this.#admitted(here.carrier, context)) return true;
    const { resolveUser } = this.#settings;
    try {
      const credential = this.#credential(here.request);
      const session = await this.#sessions.validateSession(credential, validation);
      if (!session) throw new AccessTokenNotFoundError('validateSession answered no session');
      const user = resolveUser === undefined ? session : await resolvedUser(resolveUser, session);
      if (lasts) await trackAnswer(here, session, credential, this.#connections);
      this.#admit(here.carrier, context, { session, user });
      // Caches know what to make of Authorization; what a transport hands out itself travels elsewhere.
      if (credential !== undefined && this.#transport.carriesTokens) here.admitted?.(credential);
      return true;
    } catch (error) {
      if (!isSessionError(error)) throw error;
      if (error.code === 'MISSING_TOKEN' && mode === 'optional') return true;
      this.#log(error);
      throw await here.exceptionFor(error, this.#settings);
    }
  }

  /** The credential of a request that may carry one. Without one there is nothing to object to. */
  #credential(request: object): string | undefined {
    const credential = this.#transport.read(request);
    if (credential !== undefined) this.#transport.check(request, 'read');
    return credential;
  }

  /** Whether this guard, or another one of the same parts, has admitted a session here: bound twice, it runs twice. */
  #admitted(carrier: object, context: ExecutionContext): boolean {
    const admitted = admittedSession(carrier);
    return (
      admitted?.context === context &&
      admitted.sessions === this.#sessions &&
      admitted.transport === this.#transport &&
      admitted.settings === this.#settings
    );
  }

  #admit(carrier: object, context: ExecutionContext, carried: CarriedSession): void {
    carrySession(carrier, {
      carried,
      context,
      sessions: this.#sessions,
      transport: this.#transport,
      settings: this.#settings,
    });
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
