export const NEWLINE = 0x0a;

const BYTE_ORDER_MARK = '\ufeff';

/** The lines of a text, each without its end; what follows the last end is a line too, unless it is empty. */
export function* eachLineOf(bytes: Buffer): Generator<Buffer, void> {
  for (let start = 0; start < bytes.length;) {
    const end = bytes.indexOf(NEWLINE, start);
    yield bytes.subarray(start, end === -1 ? bytes.length : end);
    start = end === -1 ? bytes.length : end + 1;
  }
}

export function countEnds(bytes: Buffer): number {
  let count = 0;
  for (let end = bytes.indexOf(NEWLINE); end !== -1; end = bytes.indexOf(NEWLINE, end + 1)) count += 1;
  return count;
}

/** What a line says, whatever an editor on Windows has put around it. */
export function textOf(line: Buffer): string {
  const text = line.toString('utf8').trimEnd();
  return text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text;
}
