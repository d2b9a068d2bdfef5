import type { INestApplicationContext } from '@nestjs/common';
import type { AuditOptions } from '../nest/audit/audited-handler.js';
import { asTable } from '../nest/audit/audit-table.js';
import { SessionAudit } from '../nest/audit/session-audit.js';

/** What {@link expectGuarded} lets pass. */
export interface ExpectGuardedOptions extends AuditOptions {
  /** Handlers that may be without a guard: `Class.method`, for the connection to a gateway its class. Default: `[]`. */
  readonly except?: readonly string[];
}

/**
 * Fails the test if the application has a handler that nobody guarded: neither does a session guard look after it, nor did
 * anybody write `@Public()`. Call it after `app.init()`.
 *
 * @throws `Error` with a table of these handlers; and for a name in `except` that no such handler has, since an exception
 * that outlives its reason is one for whatever comes to have that name.
 *
 * @example
 * expectGuarded(app, { except: ['HealthController.check'] });
 */
export function expectGuarded(
  app: Pick<INestApplicationContext, 'get'>,
  { except = [], ...options }: ExpectGuardedOptions = {},
): void {
  const unguarded = app
    .get(SessionAudit, { strict: false })
    .handlers(options)
    .filter(({ access }) => access === 'unguarded');
  const open = unguarded.filter(({ name }) => !except.includes(name));
  const outlived = except.filter((name) => !unguarded.some((handler) => handler.name === name));
  const problems = [
    ...(open.length > 0 ? [`Expected every handler to be guarded, got\n\n${asTable(open)}`] : []),
    ...outlived.map(
      (name) => `Expected ${name} to be a handler without a guard, as "except" says; remove it there`,
    ),
  ];
  if (problems.length > 0) throw new Error(problems.join('\n\n'));
}
