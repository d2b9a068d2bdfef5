import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { jsonText, jsonValue } from '../../../src/stores/postgres/json-text.js';

/** Texts of what jsonb does not take, what stands in its place, and what could be taken for that. */
const hostile = fc
  .array(
    fc.constantFrom(
      '\0',
      '\uD800',
      '\uDFFF',
      '\uFDD0',
      '\\',
      '\\u0000',
      '\uFDD00000',
      '"',
      'a',
      '0000',
      'fdd0',
      '\u{1F600}',
    ),
  )
  .map((parts) => parts.join(''));
const text = fc.oneof(hostile, fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme' }));

it('a value comes back as it was, whatever its texts and names', () => {
  fc.assert(
    fc.property(fc.dictionary(text, fc.oneof(text, fc.double({ noNaN: true }), fc.boolean())), (value) => {
      // As JSON has it: there is no minus zero, nor an infinity.
      const plain: unknown = JSON.parse(JSON.stringify(value));
      expect(jsonValue(jsonText(value))).toEqual(plain);
    }),
    { seed: 20_261_127, numRuns: 500 },
  );
});

it('nothing that jsonb refuses is in the text', () => {
  fc.assert(
    fc.property(text, (value) => {
      const inner = jsonText(value);
      expect(inner).not.toMatch(/(?<!\\)(?:\\\\)*\\u(?:0000|d[89a-f])/);
      expect(Buffer.from(inner).toString()).toBe(inner);
    }),
    { seed: 20_261_127, numRuns: 500 },
  );
});
