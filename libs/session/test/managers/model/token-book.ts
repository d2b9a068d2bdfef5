/** Which text stands for which token. A name has one text for ever, and a text one name: tokens are derived. */
export class TokenBook {
  readonly #texts = new Map<string, string>();
  readonly #names = new Map<string, string>();

  /** The name of a text; of one never seen, the name that it ought to have, unless another text has that. */
  nameOf(text: string, expected: string): string {
    const known = this.#names.get(text);
    if (known !== undefined) return known;
    if (this.#texts.has(expected)) return `a second text for ${expected}`;
    this.#names.set(text, expected);
    this.#texts.set(expected, text);
    return expected;
  }

  textOf(name: string): string {
    const text = this.#texts.get(name);
    if (text === undefined) throw new Error(`no token is called ${name}`);
    return text;
  }

  /** Lets a name stand for another text from now on. */
  rename(name: string, text: string): void {
    this.#texts.set(name, text);
    this.#names.set(text, name);
  }
}
