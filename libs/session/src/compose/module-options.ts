import type { SessionTransport } from '../core/session-transport.js';
import type { SessionInfo } from '../core/session.js';
import { IsCleanup, IsFunction, IsOneOf, IsTransport } from './option-checks.js';
import { IsOmittable } from './option-rule.js';

// What only a module acts on. What is made without one takes and checks it too, and leaves it alone: one object of
// options serves both.

/** What the guards of both modules go by. */
export class GuardOptions {
  /**
   * Where requests carry their credential: a {@link SessionTransport} of yours. Default: `new BearerTransport()`, the
   * header `Authorization`.
   */
  @IsOmittable()
  @IsTransport()
  readonly transport?: SessionTransport;

  /**
   * Finds what `@CurrentUser()` gives, once per guarded request; a promise or an Observable of it will do. `null`,
   * whatever else JavaScript takes for false, `[]` and a returned exception are nobody, and refuse it (401).
   * Default: the session's own `SessionInfo`.
   */
  @IsOmittable()
  @IsFunction()
  readonly resolveUser?: (session: SessionInfo) => unknown;

  /** Whether other modules inject what the module provides, and its guards, without importing it. Default: `true`. */
  @IsOmittable()
  @IsOneOf(true, false)
  readonly isGlobal?: boolean;
}

/** When the clean-up runs. */
export interface CleanupSchedule {
  /** A cron expression with or without seconds. Default: `'0 * * * * *'`, every minute. */
  readonly cron?: string;
  /** An IANA time zone. Default: the machine's. */
  readonly timeZone?: string;
}

/** What `SessionModule` does besides, under every strategy. */
export class ModuleOptions extends GuardOptions {
  /** When expired sessions are freed, or `false` for never. No answer depends on it. Default: every minute. */
  @IsOmittable()
  @IsCleanup()
  readonly cleanup?: CleanupSchedule | false;
}
