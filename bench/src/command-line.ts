import { parseArgs } from 'node:util';
import { FULL, SHORT, type Effort, type Scenario } from './harness/contest.js';

export interface Command {
  readonly effort: Effort;
  readonly scenarios: readonly Scenario[];
  /** Where to write the figures, besides printing them. */
  readonly json: string | undefined;
  /** The document to write the figures into, and beside it their chart. */
  readonly report: string | undefined;
}

/** @throws TypeError for an option or the name of a scenario that there is not, and for what is no number of sessions. */
export function readCommandLine(args: readonly string[], known: readonly Scenario[]): Command {
  const { short, only, sessions, json, report } = parseArgs({
    args: [...args],
    options: {
      short: { type: 'boolean', default: false },
      only: { type: 'string', multiple: true },
      sessions: { type: 'string' },
      json: { type: 'string' },
      report: { type: 'string' },
    },
  }).values;
  const scenarios = only === undefined ? known : only.map((name) => named(name, known));
  const effort = short ? SHORT : FULL;
  return {
    effort: sessions === undefined ? effort : { ...effort, sessions: countOf(sessions) },
    scenarios,
    json,
    report,
  };
}

function countOf(text: string): number {
  if (/^[1-9]\d{0,4}000$/.test(text)) return Number(text);
  throw new TypeError(`--sessions: expected a number of whole thousands, 99999000 at most, got "${text}"`);
}

function named(name: string, known: readonly Scenario[]): Scenario {
  const scenario = known.find((candidate) => candidate.name === name);
  if (scenario !== undefined) return scenario;
  throw new TypeError(`No scenario "${name}"; there are ${known.map((each) => each.name).join(', ')}`);
}
