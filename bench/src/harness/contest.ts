/** How often everyone's turn comes. */
export interface Pace {
  /** Rounds that are not measured, before those that are. */
  readonly warmUps: number;
  readonly rounds: number;
}

/** How much to run. */
export interface Effort extends Pace {
  /** The share of the full number of operations and sessions. */
  readonly scale: number;
  /** How many sessions a server holds where it is to hold many. */
  readonly sessions: number;
}

export const FULL: Effort = { warmUps: 6, rounds: 48, scale: 1, sessions: 200_000 };
/** Proves that everything runs; its figures mean nothing. */
export const SHORT: Effort = { warmUps: 1, rounds: 3, scale: 0.01, sessions: 2_000 };

/** How many rounds of a contest there are. */
export function paceOf({ rounds = Infinity }: Contest, effort: Effort): Pace {
  return {
    warmUps: Math.min(effort.warmUps, Math.ceil(rounds / 8)),
    rounds: Math.min(effort.rounds, rounds),
  };
}

export function scaled(full: number, { scale }: Effort): number {
  return Math.ceil(full * scale);
}

export const NANOSECONDS = 'ns per operation';

/** A round made ready: performs its operations, and answers how many of them ended as they should. */
export type Round = () => MaybePromise<number>;

/** Begins to measure, and gives back what ends it with a figure: the lower, the better. */
export type Meter = () => MaybePromise<(operations: number) => MaybePromise<number>>;

type MaybePromise<T> = T | Promise<T>;

export interface Contestant {
  readonly name: string;
  /** What its rounds are measured with. Default: nanoseconds of processor time for each operation. */
  readonly meter?: Meter;
  /** Begins a group: those after it are compared with it, up to the next that leads. */
  readonly leads?: boolean;
  /** Makes ready, untimed, what one round consumes. Rounds count from 0, those of the warm-up included. */
  readonly prepare: (round: number) => MaybePromise<Round>;
}

export interface Contest {
  /** How many operations make a round, of every contestant. */
  readonly operations: number;
  /** What the contestants' meters count. Default: {@link NANOSECONDS}. */
  readonly unit?: string;
  /** At most so many are measured, where a round takes long; a warm-up for every eight. */
  readonly rounds?: number;
  /** The first is the one that the others are compared with, unless another of them {@link Contestant.leads leads}. */
  readonly contestants: readonly Contestant[];
  /** Gives back what it holds beside memory. */
  readonly close?: () => void;
}

export interface Scenario {
  /** What `--only` takes. */
  readonly name: string;
  /** What one operation is, in a line. */
  readonly operation: string;
  /** What it needs and this machine has not; `undefined` where it can run. */
  readonly missing?: () => string | undefined;
  open(effort: Effort): Promise<Contest>;
}
