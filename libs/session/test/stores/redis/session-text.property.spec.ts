import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { SECOND } from '../../../src/util/clock.js';
import { anySession, saidBy } from '../remote/any-record.js';
import { activeSessionOf, sessionOf, sessionText } from '../../../src/stores/redis/session-text.js';

describe('the text of a session', () => {
  it('says all that its record says, members included that this version does not know', () => {
    fc.assert(
      fc.property(anySession, fc.nat(), (given, era) => {
        const [head, rest] = sessionText(given);
        expect(saidBy(sessionOf(given.id, `${head}${era}${rest}`))).toEqual(saidBy(given));
      }),
      { numRuns: 500 },
    );
  });

  it('is read without its details, as an access answers it', () => {
    fc.assert(
      fc.property(anySession, (given) => {
        const [head, rest] = sessionText(given);
        const text = `${head}7${rest}`;
        const withoutDetails = text.slice(0, text.lastIndexOf('\n'));
        const { details: _details, attempt: _attempt, ...expected } = given;
        expect(saidBy(activeSessionOf(given.id, withoutDetails))).toEqual(saidBy(expected));
      }),
    );
  });

  it('has four lines, whatever anybody typed, and what an access writes anew at its beginning', () => {
    fc.assert(
      fc.property(anySession, (given) => {
        const [head, rest] = sessionText(given);
        expect(rest.split('\n')).toHaveLength(4);
        expect(head).toHaveLength(119);
        expect(Number(`0x${head.slice(1, 9)}`) * SECOND).toBe(given.lastAccessed);
      }),
    );
  });

  it.each(['username', 'attempt'])('is refused for a %s with a line break', (member) => {
    const [given] = fc.sample(anySession, { numRuns: 1, seed: 1 });
    expect(() => sessionText({ ...given!, [member]: 'a\nb' })).toThrow(/no line break/);
  });
});
