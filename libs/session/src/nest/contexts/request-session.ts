import type { ExecutionContext } from '@nestjs/common';
import type { SessionTransport } from '../../core/session-transport.js';
import type { SessionValidator } from '../../core/session-validator.js';
import type { SessionInfo } from '../../core/session.js';
import type { GuardSettings } from '../settings.js';
import type { RequestContext } from './request-context.js';

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

const SHARED_SESSIONS = Symbol.for('nestjs-session-manager.shared-sessions');

interface Carrier {
  [SESSION]?: AdmittedSession;
  [SHARED_SESSIONS]?: Map<string, AdmittedSession>;
}

/** What carries a session, and whether handlers share it. */
export type Carrying = Pick<RequestContext, 'carrier' | 'shared'>;

/**
 * Puts a session on what carries it.
 *
 * @param accepted for tokens of which types it was asked for: of handlers that share a carrier, none gets a session that
 * its own guard would not have let in.
 */
export function carrySession(
  { carrier, shared }: Carrying,
  accepted: string,
  admitted: AdmittedSession,
): void {
  const held = carrier as Carrier;
  held[SESSION] = admitted;
  if (shared !== undefined) (held[SHARED_SESSIONS] ??= new Map()).set(accepted, admitted);
}

/** Puts the session of a request on the connection that became of it. */
export function handOver(request: object, connection: object): void {
  (connection as Carrier)[SESSION] = (request as Carrier)[SESSION];
}

/** What was put there for a handler that takes tokens of these types. */
export function admittedSession(
  { carrier, shared }: Carrying,
  accepted: string,
): AdmittedSession | undefined {
  const held = carrier as Carrier;
  return shared === undefined ? held[SESSION] : held[SHARED_SESSIONS]?.get(accepted);
}

/**
 * For guards and interceptors of the application: what a session guard put on the request before them, or `undefined`
 * if none has. `User` is the type of what `resolveUser` gives.
 */
export function carriedSession<User = unknown>(request: object): CarriedSession<User> | undefined {
  return (request as Carrier)[SESSION]?.carried as CarriedSession<User> | undefined;
}
