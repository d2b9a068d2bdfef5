import { Inject, Injectable, Optional, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { CappedLog } from '../../util/capped-log.js';
import { isRefusal, isSessionError } from '../../core/error-brand.js';
import {
  AccessTokenNotFoundError,
  InvalidInputError,
  MissingTokenError,
  SessionConfigurationError,
  type SessionError,
} from '../../core/errors.js';
import { SessionTransport } from '../../core/session-transport.js';
import { SessionValidator } from '../../core/session-validator.js';
import type { SessionInfo } from '../../core/session.js';
import { isPromise, type MaybePromise } from '../../util/maybe-promise.js';
import { keepConnection, keptConnection } from '../connections/kept-connections.js';
import { trackAnswer } from '../connections/lasting-answer.js';
import { SessionConnections } from '../connections/session-connections.js';
import { requestContext } from '../contexts/context-kinds.js';
import type { RequestContext } from '../contexts/request-context.js';
import { admittedSession, carrySession, type CarriedSession } from '../contexts/request-session.js';
import { RouteMistakes } from '../rules/route-mistakes.js';
import { routeRules, type RouteRules } from '../rules/route-rules.js';
import { MODULE_SETTINGS, type GuardSettings } from '../settings.js';
import { resolvedUser } from '../resolved-user.js';
import { askOnce, type Question } from './shared-admissions.js';
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
    const rules = routeRules(context);
    if (rules.mode === 'public') return true;
    const here = requestContext(context);
    if (here === undefined) return refuseUndeclared(context, this.#mistakes);
    if (this.#hasAdmitted(here, rules, context)) return true;
    const mistake = here.unreadable?.(this.#settings);
    if (mistake !== undefined) throw await this.#unread(here, context, mistake);
    try {
      if (here.shared !== undefined || here.offered !== undefined) {
        this.#admit(here, rules, context, await this.#carriedBy(here, rules));
        return true;
      }
      // The path of HTTP, which every request waits for: no promise but that of the answer.
      const credential = this.#credential(here.request);
      const session = await this.#sessions.validateSession(credential, rules.validation);
      const carried = this.#letIn(here, rules, credential, session);
      this.#admit(here, rules, context, isPromise(carried) ? await carried : carried);
      return true;
    } catch (error) {
      if (!isSessionError(error)) throw error;
      if (error.code === 'MISSING_TOKEN' && rules.mode === 'optional') return true;
      this.#log(error);
      throw await here.exceptionFor(error, this.#settings);
    }
  }

  /** Whose it is that comes here, asked as seldom as the handlers allow that share a request or a connection. */
  #carriedBy(here: RequestContext, rules: RouteRules): Promise<CarriedSession> {
    switch (here.shared) {
      case 'request':
        return askOnce(here.carrier, this.#questionBy(rules), () => this.#ask(here, rules));
      case 'connection':
        return this.#askOverConnection(here, rules);
      default:
        return this.#ask(here, rules);
    }
  }

  #questionBy(rules: RouteRules): Question {
    return { settings: this.#settings, sessions: this.#sessions, transport: this.#transport, rules };
  }

  /** Of a connection that is kept, what opened it is looked after: a message asks no store, unless it is to be fresh. */
  async #askOverConnection(here: RequestContext, rules: RouteRules): Promise<CarriedSession> {
    const kept = keptConnection(here.carrier, this.#connections);
    if (kept === undefined || rules.validation.fresh === true) return this.#ask(here, rules);
    await kept.connection.admitMessage(rules.validation.accept);
    return kept.carried;
  }

  /** Whose it is, by the credential, wherever that is. */
  async #ask(here: RequestContext, rules: RouteRules): Promise<CarriedSession> {
    const offered = await here.offered?.(this.#settings);
    const credential = this.#credential(here.request, offered);
    const session = await this.#sessions.validateSession(credential, rules.validation);
    return this.#letIn(here, rules, credential, session);
  }

  /** What a valid session is let in with; at once, where there is no user to look for and nothing that lasts. */
  #letIn(
    here: RequestContext,
    { lasts }: RouteRules,
    credential: string | undefined,
    session: SessionInfo | undefined,
  ): MaybePromise<CarriedSession> {
    if (!session) throw new AccessTokenNotFoundError('validateSession answered no session');
    const { resolveUser } = this.#settings;
    if (resolveUser !== undefined || lasts || here.lasting !== undefined)
      return this.#letStay(here, lasts, credential, session);
    this.#tellAdmitted(here, credential);
    return { session, user: session };
  }

  /** Finds the user, and keeps what lasts until the session ends. */
  async #letStay(
    here: RequestContext,
    lasts: boolean,
    credential: string | undefined,
    session: SessionInfo,
  ): Promise<CarriedSession> {
    const { resolveUser } = this.#settings;
    const user = resolveUser === undefined ? session : await resolvedUser(resolveUser, session);
    const carried = { session, user };
    if (lasts) await trackAnswer(here, session, credential, this.#connections);
    if (here.lasting !== undefined)
      await keepConnection(here, here.lasting, carried, credential, this.#connections);
    this.#tellAdmitted(here, credential);
    return carried;
  }

  /** Caches know what to make of Authorization; what a transport hands out itself travels elsewhere. */
  #tellAdmitted(here: RequestContext, credential: string | undefined): void {
    if (credential !== undefined && this.#transport.carriesTokens) here.admitted?.(credential);
  }

  /** The credential of a request that may carry one. Without one there is nothing to object to. */
  #credential(request: object, offered?: string): string | undefined {
    const carried = this.#transport.read(request);
    if (offered !== undefined) {
      if (carried === undefined || carried === offered) return offered;
      throw new InvalidInputError('Expected one credential, got two that differ, in two places');
    }
    if (carried !== undefined) this.#transport.check(request, 'read');
    return carried;
  }

  /** Whether this guard, or another one of the same parts, has admitted a session here: bound twice, it runs twice. */
  #hasAdmitted(here: RequestContext, { accepted }: RouteRules, context: ExecutionContext): boolean {
    const admitted = admittedSession(here, accepted);
    return (
      admitted?.context === context &&
      admitted.sessions === this.#sessions &&
      admitted.transport === this.#transport &&
      admitted.settings === this.#settings
    );
  }

  #admit(
    here: RequestContext,
    { accepted }: RouteRules,
    context: ExecutionContext,
    carried: CarriedSession,
  ): void {
    carrySession(here, accepted, {
      carried,
      context,
      sessions: this.#sessions,
      transport: this.#transport,
      settings: this.#settings,
    });
  }

  /** The developer's to mend, and not the sender's; so that an optional session does not let everyone in either. */
  async #unread(here: RequestContext, context: ExecutionContext, mistake: string): Promise<Error> {
    this.#mistakes.report(context, mistake);
    return here.exceptionFor(new MissingTokenError('No credential can be read here'), this.#settings);
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
