import { writeFileSync } from 'node:fs';
import { readCommandLine } from './command-line.js';
import { collectAllGarbage } from './harness/collect-garbage.js';
import { paceOf } from './harness/contest.js';
import { measure } from './harness/measure.js';
import { thisMachine } from './machine.js';
import { LEGEND, machineLine, scenarioTable } from './report.js';
import { SCENARIOS } from './scenarios/index.js';

const { effort, scenarios, json } = readCommandLine(process.argv.slice(2), SCENARIOS);
const machine = thisMachine();
console.log(`${machineLine(machine)}\n\n${LEGEND}`);

const results = [];
for (const scenario of scenarios) {
  const contest = await scenario.open(effort);
  const pace = paceOf(contest, effort);
  collectAllGarbage();
  const measurements = await measure(contest, pace);
  contest.close?.();
  console.log(`\n${scenarioTable(scenario, contest, pace, measurements)}`);
  results.push({ scenario: scenario.name, operations: contest.operations, unit: contest.unit, measurements });
}

if (json !== undefined) writeFileSync(json, `${JSON.stringify({ machine, effort, results }, null, 2)}\n`);
