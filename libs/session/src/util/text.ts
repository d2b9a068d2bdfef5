import { isBytes, timeOf } from './other-realms.js';

/** A C0 or C1 control character, DEL included: none belongs in a name, a label or a log line. */
// eslint-disable-next-line no-control-regex -- control characters are the subject
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/;

/** Anything that could break, hide or reorder a log line: controls, line separators, bidi and format characters. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]/gu;

/** Beyond so many units a message does not tell how many characters they are. */
const LONG = 8192;

/** Whether `value` is a string of 1 to `max` characters (code points), no control characters or lone surrogates. */
export function isPlainText(value: unknown, max: number): value is string {
  return (
    typeof value === 'string' &&
    value.length > 0 &&
    hasAtMost(value, max) &&
    !CONTROL.test(value) &&
    isWellFormed(value)
  );
}

/**
 * How many characters a text has: code points, as Unicode, Python and databases count, and not the UTF-16 units of
 * JavaScript, of which some have two.
 */
export function characters(text: string): number {
  let count = 0;
  for (const _character of text) count++;
  return count;
}

/** Text for a log line: one line whatever the input, cut at so many characters. */
export function printable(text: string, length = 256): string {
  return text
    .slice(0, length)
    .replace(UNPRINTABLE, (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`);
}

/** What was thrown, for a log line; it may be anything, and may refuse to be a text. The remedy stands at its end. */
export function printableError(error: unknown): string {
  try {
    return printable(String(error), 1024);
  } catch {
    return 'something that has no text';
  }
}

/**
 * What came, for an error message: the kind and the size of a value and never a text's content,
 * because the text may be a secret.
 */
export function describeValue(value: unknown): string {
  if (value === null || value === undefined || typeof value === 'number' || typeof value === 'boolean') {
    return String(value);
  }
  if (typeof value === 'string') {
    return `a string of ${value.length > LONG ? `more than ${LONG / 2}` : characters(value)} characters`;
  }
  if (isBytes(value)) return `${value.byteLength} bytes`;
  if (Array.isArray(value)) return `an array of ${value.length}`;
  const time = timeOf(value);
  if (time !== undefined) return Number.isNaN(time) ? 'an invalid Date' : 'a Date';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

/** Refused by its units where they are too many for any characters: what a stranger sends is not counted to its end. */
function hasAtMost(text: string, max: number): boolean {
  return text.length <= max || (text.length <= 2 * max && characters(text) <= max);
}

function isWellFormed(text: string): boolean {
  // String.prototype.isWellFormed, which the ES2022 library does not declare yet.
  return !/\p{Cs}/u.test(text);
}
