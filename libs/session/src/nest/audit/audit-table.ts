import type { AuditedHandler } from './audited-handler.js';

const HEADINGS = ['access', 'kind', 'entry', 'handler', 'tokens', 'datasets', 'other guards'];

const MEND =
  'Guard them, bind { provide: APP_GUARD, useExisting: SessionGuard }, or write @Public() on what is meant for everyone. ' +
  'Guards of app.useGlobalGuards() are not seen here.';

/** Handlers in columns, and below them what is to be done where some are unguarded. */
export function asTable(handlers: readonly AuditedHandler[]): string {
  const rows = [HEADINGS, ...handlers.map(cells)];
  const widths = HEADINGS.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const lines = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join('  ')
      .trimEnd(),
  );
  const unguarded = handlers.filter(({ access }) => access === 'unguarded').length;
  return [...lines, ...(unguarded > 0 ? ['', `${unguarded} unguarded. ${MEND}`] : [])].join('\n');
}

/** A line for each handler, of the same width whatever the others are. */
export function asLines(handlers: readonly AuditedHandler[]): string {
  return handlers
    .map((handler) => {
      const { access, kind, entry, name, ...rest } = told(handler);
      const more = Object.entries(rest).filter(([, value]) => value !== '');
      return [`${kind} ${entry}`, name, access, ...more.map(([what, value]) => `${what}: ${value}`)].join(
        ' | ',
      );
    })
    .join('\n');
}

function cells(handler: AuditedHandler): string[] {
  return Object.values(told(handler));
}

/** A handler in words, in the order of the headings. */
function told({ access, kind, entry, name, accept, datasets, otherGuards }: AuditedHandler) {
  return {
    access,
    kind,
    entry,
    name,
    tokens: accept.join(', '),
    datasets: datasets.map(({ permission, parameter }) => `${permission} ${parameter}`).join(', '),
    others: otherGuards.join(', '),
  };
}
