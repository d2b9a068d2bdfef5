import { describe, expect, it } from '@jest/globals';
import { isLinearizable, type Call } from './linearizability.js';

type Question = { set: number } | 'get';
const register = {
  initial: 0,
  step: (state: number, question: Question) =>
    question === 'get' ? { state, answer: state } : { state: question.set, answer: 0 },
};

/** `[question, begun, answered, answer]`. */
function isFine(...calls: [Question, number, number, number | 'unknown'][]): boolean {
  const history = calls.map(([question, begun, answered, answer]): Call<Question, number> => ({
    question,
    begun,
    answered,
    answer,
  }));
  return isLinearizable(history, register);
}

describe('a history of a register', () => {
  it('is fine where each reads what was written before', () => {
    expect(isFine([{ set: 1 }, 0, 1, 0], ['get', 2, 3, 1])).toBe(true);
    expect(isFine(['get', 0, 9, 1], [{ set: 1 }, 1, 2, 0], ['get', 3, 4, 1])).toBe(true);
  });

  it('is not where somebody reads what was overwritten, or not written yet', () => {
    expect(isFine([{ set: 1 }, 0, 1, 0], ['get', 2, 3, 0])).toBe(false);
    expect(isFine(['get', 0, 1, 1], [{ set: 1 }, 2, 3, 0])).toBe(false);
  });

  it('is not where two who overlap a writing read it in the wrong order', () => {
    expect(isFine([{ set: 1 }, 0, 9, 0], ['get', 1, 2, 1], ['get', 3, 4, 0])).toBe(false);
    expect(isFine([{ set: 1 }, 0, 9, 0], ['get', 1, 2, 0], ['get', 3, 4, 1])).toBe(true);
  });

  it('lets a call without an answer have happened late, or never, and not before it began', () => {
    const lost: [Question, number, number, 'unknown'] = [{ set: 1 }, 0, Infinity, 'unknown'];
    expect(isFine(lost, ['get', 1, 2, 0], ['get', 3, 4, 1])).toBe(true);
    expect(isFine(lost, ['get', 1, 2, 0])).toBe(true);
    expect(isFine(['get', 1, 2, 1], [{ set: 1 }, 3, Infinity, 'unknown'])).toBe(false);
  });
});
