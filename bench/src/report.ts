import { NANOSECONDS, type Contest, type Pace, type Scenario } from './harness/contest.js';
import type { Measurement } from './harness/measure.js';
import type { Spread } from './harness/statistics.js';
import type { Machine } from './machine.js';

export const LEGEND =
  'Medians over the rounds, and the middle half of them (IQR); nanoseconds are processor time. "Relative" is in units\n' +
  "of the first line's figure in the same round: at 4, an operation takes four times as much as on the first line.";

export function machineLine({ cpu, cores, memoryGiB, node, v8, flags, load }: Machine): string {
  const how = flags.length === 0 ? 'no flags' : flags.join(' ');
  return `${cpu}, ${cores} cores, ${memoryGiB} GiB, load ${load.toFixed(1)}; Node ${node}, V8 ${v8}, ${how}`;
}

export function scenarioTable(
  { name, operation }: Scenario,
  { operations, unit = NANOSECONDS }: Contest,
  { rounds }: Pace,
  measurements: readonly Measurement[],
): string {
  const head = ['', unit, 'IQR', 'relative', 'IQR'];
  const lines = measurements.map((measured) => [
    measured.name,
    ...cells(measured.figure, threeDigits),
    ...cells(measured.relative, (ratio) => ratio.toFixed(2)),
  ]);
  const title = `${name}: ${operation}; ${rounds} rounds of ${operations.toLocaleString('en')}`;
  return [title, ...aligned([head, ...lines])].join('\n');
}

/** All digits of the whole part, and as many after it as make three. */
function threeDigits(figure: number): string {
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

/** The first column to the left, the others, being figures, to the right. */
function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!)))
      .join('  '),
  );
}
