import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { isUsername, type SessionRecord } from '../../../src/core/session.js';
import { SECOND } from '../../../src/util/clock.js';
import { activeSessionOf, sessionOf, sessionText } from '../../../src/stores/redis/session-text.js';

const time = fc.integer({ min: 1, max: 0xffff_ffff }).map((second) => second * SECOND);
const optionalTime = fc.option(time, { nil: undefined });
const text = fc.string({ unit: 'binary', maxLength: 40 });
const value = fc.oneof(text, fc.double({ noNaN: true, noDefaultInfinity: true }), fc.boolean());
/** Any name but those of a record's own, which a further one cannot have. */
const name = fc.string({ unit: 'binary', minLength: 1, maxLength: 20 }).map((given) => `_${given}`);

const record: fc.Arbitrary<SessionRecord> = fc
  .record({
    id: fc.base64String(),
    username: fc.string({ unit: 'binary', minLength: 1, maxLength: 60 }).filter(isUsername),
    generation: fc.integer({ min: 0, max: 0xffffff }),
    createdAt: time,
    issuedAt: time,
    lastAccessed: time,
    expiresAt: time,
    activeUntil: time,
    refreshExpiresAt: optionalTime,
    renewableUntil: time,
    previousUntil: optionalTime,
    endsAt: optionalTime,
    idleTimeout: optionalTime,
    slideBy: optionalTime,
    attempt: fc.option(fc.base64String({ minLength: 4 }), { nil: undefined }),
    details: fc.option(fc.dictionary(text, text, { minKeys: 1 }), { nil: undefined }),
    claims: fc.option(fc.dictionary(text, value), { nil: undefined }),
    authenticatedAt: optionalTime,
    amr: fc.option(fc.array(text), { nil: undefined }),
  })
  .chain((known) =>
    fc.dictionary(name, fc.jsonValue({ depthSize: 'small' })).map((unknown) => ({ ...unknown, ...known })),
  );

describe('the text of a session', () => {
  it('says all that its record says, members included that this version does not know', () => {
    fc.assert(
      fc.property(record, fc.nat(), (given, era) => {
        const [head, rest] = sessionText(given);
        expect(saidBy(sessionOf(given.id, `${head}${era}${rest}`))).toEqual(saidBy(given));
      }),
      { numRuns: 500 },
    );
  });

  it('is read without its details, as an access answers it', () => {
    fc.assert(
      fc.property(record, (given) => {
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
      fc.property(record, (given) => {
        const [head, rest] = sessionText(given);
        expect(rest.split('\n')).toHaveLength(4);
        expect(head).toHaveLength(119);
        expect(Number(`0x${head.slice(1, 9)}`) * SECOND).toBe(given.lastAccessed);
      }),
    );
  });

  it.each(['username', 'attempt'])('is refused for a %s with a line break', (member) => {
    const [given] = fc.sample(record, { numRuns: 1, seed: 1 });
    expect(() => sessionText({ ...given!, [member]: 'a\nb' })).toThrow(/no line break/);
  });
});

/** As JSON has it, which knows one zero; an absent member and one of value `undefined` are the same. */
function saidBy(given: object): unknown {
  return JSON.parse(JSON.stringify(given));
}
