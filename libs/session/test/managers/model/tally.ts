/** How often each kind of outcome came of each operation, so that no campaign passes without having seen them. */
export class Tally {
  readonly counts = new Map<string, number>();
  operations = 0;

  note(operation: string, kind: string): void {
    const name = `${operation}: ${kind}`;
    this.counts.set(name, (this.counts.get(name) ?? 0) + 1);
    this.operations += 1;
  }

  toString(): string {
    return [...this.counts.keys()]
      .sort()
      .map((name) => `${String(this.counts.get(name)).padStart(8)}  ${name}`)
      .join('\n');
  }
}
