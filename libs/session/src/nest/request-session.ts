import type { SessionInfo } from '../core/session.js';

/** What a guarded request carries. */
export interface CarriedSession {
  /** What its token says. */
  readonly session: SessionInfo;
  /** What `resolveUser` found, or the session itself without that hook. */
  readonly user: unknown;
}

/** A symbol, because `request.session` and `request.user` belong to others. */
const SESSION = Symbol.for('nestjs-session-manager.session');

interface Request {
  [SESSION]?: CarriedSession;
}

export function carrySession(request: object, carried: CarriedSession): void {
  (request as Request)[SESSION] = carried;
}

/**
 * For guards and interceptors of the application: what a session guard put on the request before them, or `undefined`
 * if none has.
 */
export function carriedSession(request: object): CarriedSession | undefined {
  return (request as Request)[SESSION];
}
