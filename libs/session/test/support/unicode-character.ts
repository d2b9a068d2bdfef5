import fc from 'fast-check';

const SURROGATES = 0xd800;
const SURROGATE_COUNT = 0x800;

/**
 * One character of all that Unicode has room for, as a unit of `fc.string`. The unit `binary` of fast-check is the same,
 * but makes a table of the whole million first, in every file of tests: more than a second each.
 */
export const unicodeCharacter = fc
  .nat(0x10ffff - SURROGATE_COUNT)
  .map((number) => String.fromCodePoint(number < SURROGATES ? number : number + SURROGATE_COUNT), numberOf);

/** How fast-check finds dangerous words, such as `__proto__`, that it mixes in. */
function numberOf(text: unknown): number {
  const point = typeof text === 'string' ? text.codePointAt(0) : undefined;
  if (point === undefined || text !== String.fromCodePoint(point)) throw new TypeError('not one character');
  return point < SURROGATES ? point : point - SURROGATE_COUNT;
}
