/** One call of a recorded history: when it began, when its answer came, and what that was. */
export interface Call<Question, Answer> {
  readonly question: Question;
  readonly begun: number;
  /** `Infinity` where none came: the call may have happened at any time since, or not at all. */
  readonly answered: number;
  readonly answer: Answer | 'unknown';
}

/** How one question changes a state, and what it is answered, one at a time. */
export interface SequentialModel<State, Question, Answer> {
  readonly initial: State;
  step(state: State, question: Question): { readonly state: State; readonly answer: Answer };
}

/**
 * Whether there is an order of the calls, each at some moment between its beginning and its answer, in which one after the
 * other would have been answered the same (Herlihy and Wing, 1990; searched as Wing and Gong do, 1993, remembering where
 * it was in vain).
 */
export function isLinearizable<State, Question, Answer>(
  history: readonly Call<Question, Answer>[],
  model: SequentialModel<State, Question, Answer>,
): boolean {
  const inVain = new Set<string>();

  function search(left: readonly number[], state: State): boolean {
    const mustHappen = left.filter((index) => history[index]!.answer !== 'unknown');
    if (mustHappen.length === 0) return true;
    const key = `${left.join()} ${JSON.stringify(state)}`;
    if (inVain.has(key)) return false;
    // The next one has begun before any other was answered.
    const firstAnswer = Math.min(...left.map((index) => history[index]!.answered));
    for (const index of left) {
      const { question, begun, answer } = history[index]!;
      if (begun > firstAnswer) continue;
      const next = model.step(state, question);
      if (answer !== 'unknown' && JSON.stringify(answer) !== JSON.stringify(next.answer)) continue;
      const others = left.filter((other) => other !== index);
      if (search(others, next.state)) return true;
    }
    inVain.add(key);
    return false;
  }

  return search([...history.keys()], model.initial);
}
