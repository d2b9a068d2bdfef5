/** How much to run. */
export interface Effort {
  readonly warmUps: number;
  readonly rounds: number;
  /** The share of the full number of operations and sessions. */
  readonly scale: number;
}

export const FULL: Effort = { warmUps: 6, rounds: 48, scale: 1 };
/** Proves that everything runs; its figures mean nothing. */
export const SHORT: Effort = { warmUps: 1, rounds: 3, scale: 0.01 };

export function scaled(full: number, { scale }: Effort): number {
  return Math.ceil(full * scale);
}

/** A round made ready: performs its operations, and answers how many of them ended as they should. */
export type Round = () => number | Promise<number>;

export interface Contestant {
  readonly name: string;
  /** Makes ready, untimed, what one round consumes. Rounds count from 0, those of the warm-up included. */
  readonly prepare: (round: number) => Round;
}

export interface Contest {
  /** How many operations make a round, of every contestant. */
  readonly operations: number;
  /** The first is the one that the others are compared with. */
  readonly contestants: readonly Contestant[];
}

export interface Scenario {
  /** What `--only` takes. */
  readonly name: string;
  /** What one operation is, in a line. */
  readonly operation: string;
  open(effort: Effort): Promise<Contest>;
}
