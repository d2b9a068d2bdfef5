/** What differs from run to run, by its shape: a JWT, an opaque token, a session id, a moment. */
const SHAPES = [
  String.raw`eyJ[\w-]+\.[\w-]+\.[\w-]+`,
  String.raw`(?<![\w-])[\w-]{48}(?![\w-])`,
  String.raw`(?<![\w-])[\w-]{22}(?![\w-])`,
  String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z`,
];
const VARIABLE = new RegExp(SHAPES.join('|'), 'g');

/**
 * Compares what commands print with what a guide shows. `…` stands for anything within a line, and alone on a line for
 * any lines. A token, an id or a moment stands for another of its shape, and from then on for that very one: so a
 * guide can show a token in one answer and send it in the next command.
 */
export class Transcript {
  readonly #known = new Map<string, string>();

  /** The command as it is to be run: with the tokens that came in place of those shown. */
  commandFor(command: string): string {
    return command.replace(VARIABLE, (shown) => this.#known.get(shown) ?? shown);
  }

  /** Whether this output is what the guide shows. */
  matches(shown: readonly string[], output: string): boolean {
    const names: string[] = [];
    const pattern = shown.map((line) => (line === '…' ? '(?:.*\n)*' : `${this.#line(line, names)}\n`));
    const match = new RegExp(`^${pattern.join('')}$`).exec(withFinalNewline(output));
    names.forEach((name, index) => match && this.#known.set(name, match[index + 1]!));
    return match !== null;
  }

  #line(line: string, names: string[]): string {
    let pattern = '';
    let end = 0;
    for (const { 0: shown, index } of line.matchAll(VARIABLE)) {
      pattern += literal(line.slice(end, index)) + this.#variable(shown, names);
      end = index + shown.length;
    }
    return pattern + literal(line.slice(end));
  }

  #variable(shown: string, names: string[]): string {
    const known = this.#known.get(shown);
    if (known !== undefined) return literal(known);
    if (names.includes(shown)) return `(?:\\${names.indexOf(shown) + 1})`;
    names.push(shown);
    return `(${SHAPES.find((shape) => new RegExp(`^${shape}$`).test(shown))!})`;
  }
}

function literal(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&').replaceAll('…', '.*');
}

function withFinalNewline(output: string): string {
  const text = output.replaceAll('\r\n', '\n');
  return text === '' || text.endsWith('\n') ? text : `${text}\n`;
}
