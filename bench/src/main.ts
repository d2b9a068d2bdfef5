import { readFileSync, writeFileSync } from 'node:fs';
import { readCommandLine } from './command-line.js';
import { collectAllGarbage } from './harness/collect-garbage.js';
import { paceOf } from './harness/contest.js';
import { measure } from './harness/measure.js';
import { thisMachine } from './machine.js';
import { chart } from './report/chart.js';
import { consoleTable } from './report/console.js';
import { withFigures } from './report/markdown.js';
import { resultOf, type Result } from './report/result.js';
import { LEGEND, machineLine } from './report/table.js';
import { SCENARIOS } from './scenarios/index.js';
import { partedByNeeds } from './parted-by-needs.js';

const { effort, scenarios, json, report } = readCommandLine(process.argv.slice(2), SCENARIOS);
const machine = thisMachine();
console.log(`${machineLine(machine)}\n\n${LEGEND}`);

const { runnable, skipped } = partedByNeeds(scenarios);
for (const line of skipped) console.error(`\n${line}`);

const results: Result[] = [];
for (const scenario of runnable) {
  const contest = await scenario.open(effort);
  const pace = paceOf(contest, effort);
  collectAllGarbage();
  const result = resultOf(scenario, contest, pace, await measure(contest, pace));
  contest.close?.();
  console.log(`\n${consoleTable(result)}`);
  results.push(result);
}

if (json !== undefined) writeFileSync(json, `${JSON.stringify({ machine, results }, null, 2)}\n`);
if (report !== undefined) {
  const today = new Date().toISOString().slice(0, 10);
  writeFileSync(report, withFigures(readFileSync(report, 'utf8'), machine, today, results));
  writeFileSync(report.replace(/\.md$/, '.svg'), chart(results));
}
