import { describe, expect, it } from '@jest/globals';
import { chart } from '../src/report/chart.js';
import { consoleTable } from '../src/report/console.js';
import { withFigures } from '../src/report/markdown.js';
import type { Result } from '../src/report/result.js';

const same = (value: number) => ({ lowerQuartile: value, median: value, upperQuartile: value });

const result: Result = {
  scenario: 'a-race',
  operation: 'run a mile',
  unit: 'ms per mile',
  operations: 1_000,
  pace: { warmUps: 1, rounds: 8 },
  measurements: [
    { name: 'hare', figure: same(2.3456), relative: same(1), rounds: [] },
    { name: 'tortoise & <co>', figure: same(12_345.6), relative: same(5263.157), rounds: [] },
  ],
};

const machine = { cpu: 'CPU', cores: 2, memoryGiB: 24, node: 'v20', v8: '11', flags: [], load: 0.52 };

describe('the report', () => {
  it('shows a table on a terminal, figures to the right and with three digits at least', () => {
    expect(consoleTable(result).split('\n')).toEqual([
      'a-race: run a mile; 8 rounds of 1,000',
      '                 ms per mile            IQR  relative              IQR',
      'hare                    2.35      2.35–2.35      1.00        1.00–1.00',
      'tortoise & <co>       12,346  12,346–12,346   5263.16  5263.16–5263.16',
    ]);
  });

  it('replaces the figures of a document, and keeps what is written around them', () => {
    const empty = '# Title\n\n<!-- figures: written by the bench -->\n<!-- end of figures -->\n\nThe end.\n';
    const written = withFigures(empty, machine, '2026-01-02', [result]);
    expect(written).toMatch(/^# Title\n\n<!-- figures/);
    expect(written).toMatch(/<!-- end of figures -->\n\nThe end\.\n$/);
    expect(written).toContain(
      'Measured on 2026-01-02: CPU, 2 cores, 24 GiB, load 0.5; Node v20, V8 11, no flags.',
    );
    expect(written).toContain('### a-race\n\nRun a mile; 8 rounds of 1,000.\n\n|');
    expect(written).toContain('| hare            |        2.35 |');
    expect(withFigures(written, machine, '2026-01-02', [result])).toBe(written);
    expect(() => withFigures('# Title\n', machine, '2026-01-02', [result])).toThrow('Found no');
  });

  it('draws bars in proportion to the longest of their scenario, the library in colour, names escaped', () => {
    const [hare, tortoise] = result.measurements;
    const library = { ...hare!, name: 'nestjs-session-manager, jwt' };
    const drawn = chart([result, { ...result, measurements: [tortoise!, library] }]);
    expect(
      [...drawn.matchAll(/<rect class="(\w+)".*? width="(\d+)"/g)].map(([, kind, width]) => [kind, width]),
    ).toEqual([
      ['ours', '1'],
      ['ours', '420'],
      ['bar', '420'],
      ['ours', '1'],
    ]);
    expect(drawn).toContain('>tortoise &amp; &lt;co&gt;</text>');
  });
});
