/**
 * JSON for `jsonb`, which takes no NUL and no half of a surrogate pair: those stand there behind a character that is none
 * (U+FDD0), as the four digits of their escape, and so does that character itself.
 */
const MARK = '\uFDD0';

/** @returns the text of a value, as `jsonb` takes it. */
export function jsonText(value: unknown): string {
  const text = JSON.stringify(value);
  return text.replace(/\\u(0000|d[89a-f][\da-f]{2})|\\.|\uFDD0/g, (found, digits?: string) => {
    if (digits !== undefined) return MARK + digits;
    return found === MARK ? `${MARK}fdd0` : found;
  });
}

/** @returns the text of a row: its names and times as they are, and of its documents what {@link jsonText} makes. */
export function rowText(columns: object, documents: object): string {
  return `${JSON.stringify(columns).slice(0, -1)},${jsonText(documents).slice(1)}`;
}

/** @returns the value of such a text. */
export function jsonValue(text: string): unknown {
  return JSON.parse(text.includes(MARK) ? text.replace(/\uFDD0([\da-f]{4})/g, '\\u$1') : text);
}
