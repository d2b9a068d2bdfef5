import type { ExecutionContext } from '@nestjs/common';
import type { SessionTransport } from '../../core/session-transport.js';
import type { SessionValidator } from '../../core/session-validator.js';
import type { SessionInfo } from '../../core/session.js';
import type { GuardSettings } from '../settings.js';

/** What a guarded request carries. */
export interface CarriedSession<User = unknown> {
  /** What its token says. */
  readonly session: SessionInfo;
  /** What `resolveUser` found, or the session itself without that hook. */
  readonly user: User;
}

/** What `SessionGuard` leaves on what carries the session (`RequestContext`), for itself and for `DatasetGuard`. */
export interface AdmittedSession {
  readonly carried: CarriedSession;
  /** Where it was admitted, and by which parts of a guard: elsewhere other rules may hold. */
  readonly context: ExecutionContext;
  readonly sessions: SessionValidator;
  readonly transport: SessionTransport;
  /**
   * The rule on rights goes with the session that it is for: the module of a controller, in which `DatasetGuard` lives,
   * need not see the options.
   */
  readonly settings: GuardSettings;
}

/** A symbol, because `request.session` and `request.user` belong to others. */
const SESSION = Symbol.for('nestjs-session-manager.session');

interface Carrier {
  [SESSION]?: AdmittedSession;
}

export function carrySession(carrier: object, admitted: AdmittedSession): void {
  (carrier as Carrier)[SESSION] = admitted;
}

export function admittedSession(carrier: object): AdmittedSession | undefined {
  return (carrier as Carrier)[SESSION];
}

/**
 * For guards and interceptors of the application: what a session guard put on the request before them, or `undefined`
 * if none has. `User` is the type of what `resolveUser` gives.
 */
export function carriedSession<User = unknown>(request: object): CarriedSession<User> | undefined {
  return admittedSession(request)?.carried as CarriedSession<User> | undefined;
}
