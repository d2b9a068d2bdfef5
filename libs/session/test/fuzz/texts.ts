import fc from 'fast-check';
import { unicodeCharacter } from '../support/unicode-character.js';

/** What breaks parsers, patterns, logs and prototypes. */
const NASTY = [
  '',
  ' ',
  '\t',
  '\0',
  '\r\n',
  '\n\n',
  '\u001b[31m',
  '\u007f',
  '\u0085',
  '\u00a0',
  '\u2028',
  '\u202e',
  '\ufeff',
  '\ud800',
  '\udfff',
  '😀',
  'é',
  'ｅ',
  '%',
  '%00',
  '%2e%2e%2f',
  '%E0%A4%A',
  '..',
  '../../etc/passwd',
  '/',
  ';',
  ',',
  '.',
  '=',
  '+',
  '"',
  "'",
  '\\',
  '${x}',
  '{{x}}',
  '<script>',
  "' OR 1=1 --",
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  'undefined',
  'null',
  'NaN',
  'Infinity',
  '1e400',
  '-0',
  '[]',
  '{}',
] as const;

const anyCharacter = fc.oneof(
  fc.constantFrom(...NASTY),
  unicodeCharacter,
  fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)),
);

/** Texts of all kinds and lengths, few of them very long. */
export const anyText: fc.Arbitrary<string> = fc.oneof(
  { weight: 8, arbitrary: fc.array(anyCharacter, { maxLength: 12 }).map((parts) => parts.join('')) },
  { weight: 4, arbitrary: fc.string({ unit: 'grapheme', maxLength: 40 }) },
  { weight: 4, arbitrary: fc.constantFrom(...NASTY) },
  { weight: 2, arbitrary: fc.base64String({ maxLength: 120 }) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(anyCharacter, fc.constantFrom(255, 256, 257, 1000, 8191, 8192, 8193, 20_000))
      .map(([text, length]) => text.repeat(length / Math.max(text.length, 1))),
  },
);

/** Values of any type that JSON has, names and texts of the kind above in them. */
export const anyJson: fc.Arbitrary<unknown> = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    fc.constantFrom(null, true, false, 0, -1, 1.5, 1e308, 2 ** 53, -0),
    anyText,
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.array(tie('value'), { maxLength: 4 }),
    // `fromEntries`, so that a `__proto__` is a member of its own.
    fc.array(fc.tuple(anyText, tie('value')), { maxLength: 4 }).map(Object.fromEntries),
  ),
})).value;

/** A change of a text. */
export type Step = (text: string) => string;

const WHOLE: readonly Step[] = [
  (text) => text.toUpperCase(),
  (text) => text.toLowerCase(),
  (text) => [...text].reverse().join(''),
  (text) => text + text,
  (text) => `${text}.${text}`,
  (text) => `"${text}"`,
  (text) => encodeURIComponent(text.replace(/\p{Cs}/gu, '?')),
  (text) => text.replaceAll('.', ''),
  (text) => text.split('.').reverse().join('.'),
  (text) => text.split('.').slice(0, -1).join('.'),
  (text) => text.split(' ').reverse().join(' '),
  (text) => text.replaceAll('-', '+').replaceAll('_', '/'),
  (text) => Buffer.from(text).toString('base64'),
  (text) => Buffer.from(text, 'base64url').toString('latin1'),
  (text) => text.normalize('NFKD'),
  (text) => text.trim(),
];

/** Somewhere in a text, as a part of its length. */
const anyPlace = fc.nat(10_000).map((part) => (text: string) => Math.floor((part * text.length) / 10_000));

/** Changes that keep most of a text, so that what is made of a good one gets far. */
export const anyStep: fc.Arbitrary<Step> = fc.oneof(
  fc.tuple(anyPlace, anyText).map(
    ([at, more]): Step =>
      (text) =>
        text.slice(0, at(text)) + more + text.slice(at(text)),
  ),
  fc.tuple(anyPlace, fc.nat(30)).map(
    ([at, length]): Step =>
      (text) =>
        text.slice(0, at(text)) + text.slice(at(text) + length),
  ),
  fc.tuple(anyPlace, anyCharacter).map(
    ([at, other]): Step =>
      (text) =>
        text.slice(0, at(text)) + other + text.slice(at(text) + 1),
  ),
  fc.tuple(anyPlace, anyPlace, fc.nat(60)).map(
    ([to, from, length]): Step =>
      (text) =>
        text.slice(0, to(text)) + text.slice(from(text), from(text) + length) + text.slice(to(text)),
  ),
  anyPlace.map(
    (at): Step =>
      (text) =>
        text.slice(0, at(text)),
  ),
  fc.constantFrom(...WHOLE),
);

/** One to three changes, and now and then none. */
export const anySteps: fc.Arbitrary<Step> = fc
  .array(anyStep, { minLength: 0, maxLength: 3, size: 'max' })
  .map(
    (steps): Step =>
      (text) =>
        steps.reduce((changed, step) => step(changed), text),
  );
