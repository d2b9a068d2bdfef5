import type { Spread } from '../harness/statistics.js';
import type { Machine } from '../machine.js';
import type { Result } from './result.js';

/** What every table of figures needs to be read. */
export const LEGEND =
  'Medians over the rounds, and the middle half of them (IQR); nanoseconds are processor time. "Relative" is in units ' +
  "of the first line's figure in the same round, or of the first of a group of lines, at 1.00: at 4, an operation takes " +
  'four times as much as there.';

export function machineLine({ cpu, cores, memoryGiB, node, v8, flags, load }: Machine): string {
  const how = flags.length === 0 ? 'no flags' : flags.join(' ');
  return `${cpu}, ${cores} cores, ${memoryGiB} GiB, load ${load.toFixed(1)}; Node ${node}, V8 ${v8}, ${how}`;
}

export function titleOf({ operation, operations, pace }: Result): string {
  return `${operation}; ${pace.rounds} rounds of ${operations.toLocaleString('en')}`;
}

/** The head and a row for each contestant; the first column is text, the others are figures. */
export function rowsOf({ unit, measurements }: Result): string[][] {
  return [
    ['', unit, 'IQR', 'relative', 'IQR'],
    ...measurements.map(({ name, figure, relative }) => [
      name,
      ...cells(figure, threeDigits),
      ...cells(relative, (ratio) => ratio.toFixed(2)),
    ]),
  ];
}

/** The same, every column as wide as its widest cell: the first to the left, the others, being figures, to the right. */
export function padded(rows: readonly (readonly string[])[]): string[][] {
  const widths = rows[0]!.map((_, column) => Math.max(3, ...rows.map((row) => row[column]!.length)));
  return rows.map((row) =>
    row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!))),
  );
}

/** All digits of the whole part, and as many after it as make three. */
export function threeDigits(figure: number): string {
  return figure >= 100
    ? Math.round(figure).toLocaleString('en')
    : figure.toLocaleString('en', { maximumSignificantDigits: 3 });
}

function cells(
  { lowerQuartile, median, upperQuartile }: Spread,
  format: (value: number) => string,
): string[] {
  return [format(median), `${format(lowerQuartile)}–${format(upperQuartile)}`];
}
