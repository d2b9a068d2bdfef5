import type { SessionManager } from 'nestjs-session-manager';

/**
 * Presents as many invalid tokens as asked for, made of a genuine one and each different, and counts the refusals.
 *
 * @param first the number of the first: other numbers, other tokens.
 */
export async function presentInvalid(
  manager: SessionManager,
  genuine: string,
  first: number,
  count: number,
): Promise<number> {
  let refused = 0;
  for (let number = first; number < first + count; number++) {
    if ((await manager.sessionUsername(invalid(genuine, number))) === null) refused++;
  }
  return refused;
}

/** One of as many as there are numbers: with a signature, a content or a form that is wrong. */
function invalid(genuine: string, number: number): string {
  const mark = String(number).padStart(10, '0');
  switch (number % 3) {
    case 0:
      return genuine.slice(0, -mark.length) + mark;
    case 1:
      return mark + genuine.slice(mark.length);
    default:
      return mark.padEnd(genuine.length, '~');
  }
}
