import type { EffectivePermissions } from '../core/effective-permissions.js';
import type { SessionLogger } from '../core/logger.js';
import type { Clock } from '../util/clock.js';
import type { CheckOptions } from './boot-checks.js';
import { IsChecks, IsFunction, IsLogger, IsSeconds } from './option-checks.js';
import { IsOmittable } from './option-rule.js';

/** What managers and verifiers take. */
export class AmbientOptions {
  /**
   * Tells the time, in milliseconds since 1970; tests inject theirs. One that is given is believed. The system's is held
   * against the monotonic clock, so that a wrong reading or a step back lets nothing live longer (decision 19).
   * Default: the store's clock, else the system's.
   */
  @IsOmittable()
  @IsFunction()
  readonly clock?: Clock;

  /**
   * Where all parts write, line by line: `debug` (why a request was refused), `log`, `warn` and `error`. Of what
   * strangers can cause it is given ten lines a second of each kind, and a count of the rest. One that throws or rejects
   * loses that line, and nothing else. Default: Nest's `Logger`; the console without Nest.
   */
  @IsOmittable()
  @IsLogger()
  readonly logger?: SessionLogger;

  /**
   * What becomes of what boot finds: `{ level, except }`. With the level `'refuse'` what is wrong for certain refuses to
   * boot, and what may be meant is a line in the log; with `'warn'` all of it is; with `false` nobody looks. `except` names
   * what is meant so, as each line tells. What is looked for: guide auditing-routes (decision 40).
   * Default: `{ level: 'refuse', except: [] }` under `NODE_ENV=production`, else the level is `'warn'`.
   */
  @IsOmittable()
  @IsChecks()
  readonly checks?: CheckOptions;
}

/** What issuers and verifiers of JSON Web Tokens take. */
export class VerifyingOptions {
  /**
   * For how many seconds after its expiry, 0 to 60, an access token is still honoured, and a refresh token by its issuer,
   * for clocks that disagree. An API token ends at the moment that was asked for (decision 4). `leeway` of the
   * specification. Default: 2.
   */
  @IsOmittable()
  @IsSeconds(0, 60)
  readonly leeway?: number;

  /**
   * Tells what a user may do with a dataset now: `(username, dataset) => Permission[]`, or a promise of it. With it an
   * API token never exceeds its owner: `@RequireDataset()` asks it on each request with one, and `createApiToken` refuses
   * rights that the owner lacks. If it throws or rejects, the answer is 503, never a pass.
   * Default: none, and API tokens may do what is written in them.
   */
  @IsOmittable()
  @IsFunction()
  readonly effectivePermissions?: EffectivePermissions;
}
