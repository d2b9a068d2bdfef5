/** What a browser sends after such an answer. */
export function cookiesOf(answer: globalThis.Headers): { cookie: string } {
  const cookies = answer.getSetCookie().map((cookie) => cookie.split(';', 1)[0]!);
  if (cookies.length === 0) throw new Error('The login set no cookie');
  return { cookie: cookies.join('; ') };
}
