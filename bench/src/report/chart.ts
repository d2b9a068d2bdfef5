import type { Measurement } from '../harness/measure.js';
import type { Result } from './result.js';
import { threeDigits } from './table.js';

const WIDTH = 860;
const LABELS = 330;
const FIGURES = 110;
const LONGEST_BAR = WIDTH - LABELS - FIGURES;
const LINE = 20;
const HEAD = 34;
const GAP = 18;

const LIBRARY = 'nestjs-session-manager';

/**
 * A bar for every contestant, as long as what it takes in proportion to the longest of its own scenario; the library's
 * in colour. SVG for light and dark pages.
 */
export function chart(results: readonly Result[]): string {
  let top = 0;
  const groups = results.map((result) => {
    const drawn = group(result, top);
    top += HEAD + LINE * result.measurements.length + GAP;
    return drawn;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${top}" width="${WIDTH}" height="${top}" role="img" aria-label="What each contestant takes, by scenario; shorter is better">
<style>
  text { font: 13px system-ui, sans-serif; fill: #24292f }
  .head { font-weight: 600 }
  .bar { fill: #b6bfc9 }
  .ours { fill: #2f81f7 }
  @media (prefers-color-scheme: dark) { text { fill: #e6edf3 } .bar { fill: #4b5563 } }
</style>
${groups.join('\n')}
</svg>
`;
}

function group({ scenario, unit, measurements }: Result, top: number): string {
  const longest = Math.max(...measurements.map(({ figure }) => figure.median));
  // Where nobody is called so, the library is compared with itself.
  const alone = !measurements.some(isOurs);
  return [
    `<text class="head" x="0" y="${top + 20}">${escaped(scenario)}, ${escaped(unit)}</text>`,
    ...measurements.map((measured, place) =>
      bar(measured, alone || isOurs(measured), longest, top + HEAD + LINE * place),
    ),
  ].join('\n');
}

function isOurs({ name }: Measurement): boolean {
  return name.startsWith(LIBRARY);
}

function bar({ name, figure, relative }: Measurement, ours: boolean, longest: number, top: number): string {
  const length = Math.max(1, Math.round((LONGEST_BAR * figure.median) / longest));
  const told = `${threeDigits(figure.median)} (${relative.median.toFixed(2)})`;
  return [
    `<text x="${LABELS - 8}" y="${top + 12}" text-anchor="end">${escaped(name)}</text>`,
    `<rect class="${ours ? 'ours' : 'bar'}" x="${LABELS}" y="${top}" width="${length}" height="15" rx="2"/>`,
    `<text x="${LABELS + length + 6}" y="${top + 12}">${told}</text>`,
  ].join('\n');
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
