const SCHEME = 'Bearer ';

/**
 * Tokens as a server meets them: cut out of a header string that has just been made from bytes. Of a string seen
 * before, V8 remembers the hash and often the identity, which would flatter every cache.
 */
export class FreshHeaders {
  readonly #headers: readonly Buffer[];

  constructor(tokens: readonly string[]) {
    this.#headers = tokens.map((token) => Buffer.from(SCHEME + token, 'latin1'));
  }

  /** As many tokens as asked for, begun at the given one, and from the beginning again after the last. */
  tokens(from: number, count: number): string[] {
    return Array.from({ length: count }, (_, i) => {
      const header = this.#headers[(from + i) % this.#headers.length]!;
      return header.toString('latin1').slice(SCHEME.length);
    });
  }
}
