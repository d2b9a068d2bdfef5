/** One of as many invalid tokens as there are numbers: with a signature, a content or a form that is wrong. */
export function invalidToken(genuine: string, number: number): string {
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
