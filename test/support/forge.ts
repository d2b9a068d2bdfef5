/** The same token with another signature: a first character of it changed, so that no bit of padding is meant. */
export function forge(token: string): string {
  const start = token.lastIndexOf('.') + 1;
  return token.slice(0, start) + (token[start] === 'A' ? 'B' : 'A') + token.slice(start + 1);
}
