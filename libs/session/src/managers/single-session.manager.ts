import { SessionManager, type SessionManagerParts } from './session.manager.js';

/**
 * One session at a time (strategy `'single'`), as a connection to a database wants it: while it is active, another
 * user's login gets `null`. A refresh works while it is held. `SingleSessionManager` of the specification.
 */
export class SingleSessionManager extends SessionManager {
  /** @internal `createSessionManager` puts the parts together, once it has checked the options. */
  constructor(parts: SessionManagerParts) {
    super({
      ...parts,
      policy: parts?.policy && Object.freeze({ ...parts.policy, maxConcurrentSessions: 1 }),
    });
  }
}
