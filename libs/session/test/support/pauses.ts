/** What is placed inside an operation, at one of the points where that waits for others. */
export class Pauses {
  /** The point at which the rival ran; `undefined` if the operation came to its end before. */
  reached: string | undefined;
  readonly #place: number;
  #passed = 0;
  #rival: (() => Promise<unknown>) | undefined;

  constructor(place: number) {
    this.#place = place;
  }

  /** The operation begins: at its point number `place`, the rival runs to its end before that goes on. */
  watch(rival: () => Promise<unknown>): void {
    this.#rival = rival;
  }

  /** The operation waits here. A rival is not stopped in its turn. */
  async at(point: string): Promise<void> {
    const rival = this.#rival;
    if (rival === undefined || this.#passed++ !== this.#place) return;
    this.#rival = undefined;
    this.reached = point;
    await rival();
  }

  /** The same before a question and after the answer, as of whom one has to wait for. */
  around<A extends unknown[], T>(
    name: string,
    ask: (...given: A) => T,
  ): (...given: A) => Promise<Awaited<T>> {
    return async (...given: A): Promise<Awaited<T>> => {
      await this.at(`${name} asked`);
      const answer = await ask(...given);
      await this.at(`${name} answered`);
      return answer;
    };
  }

  /** A store each verb of which is such a point, before and after its one step. */
  of<S extends object>(name: string, store: S): S {
    return new Proxy(store, {
      get: (target, member) => {
        const value: unknown = Reflect.get(target, member);
        if (typeof value !== 'function') return value;
        return this.around(`${name}.${String(member)}`, (...given) => Reflect.apply(value, target, given));
      },
    });
  }
}

/** Runs with the rival at the first point, at the second, and so on; answers which points there are. */
export async function atEachPoint(run: (pauses: Pauses) => Promise<void>): Promise<string[]> {
  const points: string[] = [];
  for (;;) {
    const pauses = new Pauses(points.length);
    await run(pauses);
    if (pauses.reached === undefined) return points;
    points.push(pauses.reached);
  }
}
