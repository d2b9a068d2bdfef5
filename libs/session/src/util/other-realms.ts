/**
 * Built-in values known by what they hold inside, whichever realm made them. A vm context, as jest runs each test file
 * in, has an `Uint8Array` and a `Date` of its own, so that `instanceof` does not know them.
 */

/** Whether a value is a `Uint8Array`, a `Buffer` among them. */
export function isBytes(value: unknown): value is Uint8Array {
  return ArrayBuffer.isView(value) && Object.prototype.toString.call(value) === '[object Uint8Array]';
}

/** The epoch milliseconds of a `Date`, `NaN` for an invalid one; `undefined` for anything that is none. */
export function timeOf(value: unknown): number | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  try {
    return Date.prototype.getTime.call(value);
  } catch {
    return undefined;
  }
}
