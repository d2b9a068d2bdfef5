import type { Result } from './result.js';
import { padded, rowsOf, titleOf } from './table.js';

/** A table for a terminal. */
export function consoleTable(result: Result): string {
  const lines = padded(rowsOf(result)).map((row) => row.join('  '));
  return [`${result.scenario}: ${titleOf(result)}`, ...lines].join('\n');
}
