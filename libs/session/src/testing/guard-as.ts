import { SessionTransport } from '../core/session-transport.js';
import { NoAuthSessionManager } from '../managers/no-auth-session.manager.js';
import { SessionGuard } from '../nest/guards/session.guard.js';
import { SILENT } from './silent-logger.js';

/**
 * A guard to put in the place of the application's `SessionGuard` in a test: every request, with a token or none, is
 * `username`'s. `@Public()` and `@RequireDataset()` do what they always do, and the manager is not asked.
 *
 * @param user what `@CurrentUser()` gives, where the application's `resolveUser` would find it. Default: the session.
 *
 * @example
 * Test.createTestingModule({ imports: [AppModule] })
 *   .overrideProvider(SessionGuard) // bound by APP_GUARD; else overrideGuard(SessionGuard)
 *   .useValue(guardAs('alice', alice))
 */
export function guardAs(username: string, user?: unknown): SessionGuard {
  const anyone = new NoAuthSessionManager({ logger: SILENT });
  const sessions = {
    validateSession: async () => Object.freeze({ ...(await anyone.validateSession()), username }),
  };
  const resolveUser = user === undefined ? undefined : () => user;
  return new SessionGuard(sessions, new NoTransport(), {
    logger: SILENT,
    resolveUser,
    rpcCredential: nothing,
  });
}

const nothing = () => undefined;

/** Whose request it is does not depend on what it carries. */
class NoTransport extends SessionTransport {
  read(): undefined {
    return undefined;
  }
}
