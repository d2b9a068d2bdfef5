import type { Machine } from '../machine.js';
import type { Result } from './result.js';
import { LEGEND, machineLine, padded, rowsOf, titleOf } from './table.js';

const BEGIN = '<!-- figures: written by the bench -->';
const END = '<!-- end of figures -->';

/**
 * A document with these figures in place of those that it holds, whatever is written around them kept.
 *
 * @throws Error for a document that has no place for them.
 */
export function withFigures(
  document: string,
  machine: Machine,
  day: string,
  results: readonly Result[],
): string {
  const [before, rest] = document.split(BEGIN);
  const after = rest?.split(END)[1];
  if (after === undefined) throw new Error(`Found no "${BEGIN}" and "${END}" to write figures between`);
  const intro = `Measured on ${day}: ${machineLine(machine)}.\n\n${LEGEND}`;
  return `${before}${BEGIN}\n\n${[intro, ...results.map(section)].join('\n\n')}\n\n${END}${after}`;
}

function section(result: Result): string {
  return [`### ${result.scenario}`, `${capitalized(titleOf(result))}.`, table(rowsOf(result))].join('\n\n');
}

function table(rows: readonly (readonly string[])[]): string {
  const [head, ...lines] = padded(rows);
  const rule = head!.map(({ length }, column) =>
    column === 0 ? '-'.repeat(length) : `${'-'.repeat(length - 1)}:`,
  );
  return [head!, rule, ...lines].map((row) => `| ${row.join(' | ')} |`).join('\n');
}

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
