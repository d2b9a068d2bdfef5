import type { EffectivePermissions } from '../core/effective-permissions.js';
import type { SessionInfo } from '../core/session.js';

/** What a guarded request carries. */
export interface CarriedSession<User = unknown> {
  /** What its token says. */
  readonly session: SessionInfo;
  /** What `resolveUser` found, or the session itself without that hook. */
  readonly user: User;
}

/**
 * What `SessionGuard` leaves for `DatasetGuard`. The rule on rights goes with the session that it is for: the module of
 * a controller, in which `DatasetGuard` lives, need not see the options.
 */
export interface AdmittedSession extends CarriedSession {
  readonly effectivePermissions?: EffectivePermissions;
}

/** A symbol, because `request.session` and `request.user` belong to others. */
const SESSION = Symbol.for('nestjs-session-manager.session');

interface Request {
  [SESSION]?: AdmittedSession;
}

export function carrySession(request: object, admitted: AdmittedSession): void {
  (request as Request)[SESSION] = admitted;
}

export function admittedSession(request: object): AdmittedSession | undefined {
  return (request as Request)[SESSION];
}

/**
 * For guards and interceptors of the application: what a session guard put on the request before them, or `undefined`
 * if none has. `User` is the type of what `resolveUser` gives.
 */
export function carriedSession<User = unknown>(request: object): CarriedSession<User> | undefined {
  return admittedSession(request) as CarriedSession<User> | undefined;
}
