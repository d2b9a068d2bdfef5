import type { Contest, Effort, Scenario } from './harness/contest.js';
import type { Measurement } from './harness/measure.js';
import type { Spread } from './harness/statistics.js';
import type { Machine } from './machine.js';

export const LEGEND =
  'Processor time: medians over the rounds, and the middle half of them (IQR). "Relative" is in units of the first\n' +
  "line's time in the same round: at 4, an operation takes four times as long as on the first line.";

export function machineLine({ cpu, cores, memoryGiB, node, v8, flags, load }: Machine): string {
  const how = flags.length === 0 ? 'no flags' : flags.join(' ');
  return `${cpu}, ${cores} cores, ${memoryGiB} GiB, load ${load.toFixed(1)}; Node ${node}, V8 ${v8}, ${how}`;
}

export function scenarioTable(
  { name, operation }: Scenario,
  { operations }: Contest,
  { rounds }: Effort,
  measurements: readonly Measurement[],
): string {
  const head = ['', 'ns per operation', 'IQR', 'relative', 'IQR'];
  const lines = measurements.map((measured) => [
    measured.name,
    ...cells(measured.nsPerOperation, (ns) => Math.round(ns).toLocaleString('en')),
    ...cells(measured.relative, (ratio) => ratio.toFixed(2)),
  ]);
  const title = `${name}: ${operation}; ${rounds} rounds of ${operations.toLocaleString('en')}`;
  return [title, ...aligned([head, ...lines])].join('\n');
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
