import type { CarriedSession } from '../contexts/request-session.js';
import type { RouteRules } from '../rules/route-rules.js';

/** What may not differ where one answer is to serve two questions. */
export interface Question {
  /** What the guards that ask are made of: one for each set of options. */
  readonly settings: object;
  readonly sessions: object;
  readonly transport: object;
  readonly rules: RouteRules;
}

interface Admission extends Question {
  readonly answer: Promise<CarriedSession>;
}

/** By what carries the session of a request. */
const admissions = new WeakMap<object, Admission[]>();

/**
 * Asks once for all handlers of a request that would ask the same, those that run at the same time among them. A refusal
 * serves them all, too: the request will not get better.
 */
export function askOnce(
  carrier: object,
  question: Question,
  ask: () => Promise<CarriedSession>,
): Promise<CarriedSession> {
  const known = admissions.get(carrier) ?? [];
  const same = known.find((admission) => serves(admission, question));
  if (same !== undefined) return same.answer;
  const answer = ask();
  admissions.set(carrier, [...known, { ...question, answer }]);
  return answer;
}

/** A fresh answer serves who would be content with another. */
function serves(admission: Admission, { settings, sessions, transport, rules }: Question): boolean {
  return (
    admission.settings === settings &&
    admission.sessions === sessions &&
    admission.transport === transport &&
    admission.rules.accepted === rules.accepted &&
    (admission.rules.validation.fresh === true || rules.validation.fresh !== true)
  );
}
