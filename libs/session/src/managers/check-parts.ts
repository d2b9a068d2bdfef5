import { SessionConfigurationError } from '../core/errors.js';
import type { SessionStrategy } from '../core/session-policy.js';
import type { SessionManagerParts } from './session.manager.js';

/** The strategy that makes each class, by the names of the specification. */
const STRATEGIES: Readonly<Record<string, SessionStrategy>> = {
  SessionManager: 'token',
  SingleSessionManager: 'single',
  JwtSessionManager: 'jwt',
};

/**
 * A constructor cannot resolve options, since a passphrase takes Argon2 and that a promise. Who calls it as the
 * specification does, or lists the class among the providers of a module, is led to what can.
 *
 * @throws SessionConfigurationError unless there are parts.
 */
export function checkParts(parts: Partial<SessionManagerParts> | undefined, className: string): void {
  if (parts?.policy !== undefined && parts.logger !== undefined) return;
  const strategy = Object.hasOwn(STRATEGIES, className) ? `'${STRATEGIES[className]!}'` : 'strategy';
  throw new SessionConfigurationError(
    `${className}: a constructor takes resolved parts, not options; make it by ` +
      `await createSessionManager(${strategy}), or in Nest import SessionModule.forRoot(${strategy}) and inject it`,
  );
}
