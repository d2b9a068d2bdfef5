import { type Clock, isTime, MINUTE, monotonicClock, SECOND, systemClock } from '../util/clock.js';
import type { ClockCorrection } from './latest-time.js';
import { isSessionError } from './error-brand.js';
import { SessionStoreUnavailableError } from './errors.js';

/** By how much two clocks of one machine may part from one reading to the next: slewing, and the calls themselves. */
const TOLERANCE = SECOND;
/** How long a jump ahead has to last until accesses are noted by it again. */
const DOUBTFUL_FOR = 10 * SECOND;
/** For how long the way back from a jump is known. */
const REMEMBERED_FOR = 10 * MINUTE;

/**
 * A jump of the clock ahead, while it is not known whether it is real (the machine slept) or a wrong reading. What is
 * issued meanwhile is noted here, because its dates are wrong if the jump is taken back.
 */
export class Doubt {
  readonly #issued = new Set<() => void>();
  #takenBack = false;

  /** Remembers how to end something that was issued during the doubt; ends it at once if that came out badly. */
  note(end: () => void): void {
    if (this.#takenBack) end();
    else this.#issued.add(end);
  }

  /** The clock is right again: what was issued is dated ahead, and ends. */
  takeBack(): void {
    this.#takenBack = true;
    for (const end of this.#issued) end();
    this.#issued.clear();
  }
}

/** A manager's time: the only source of `now`, of the times of records and of claims. */
export interface ManagerTime {
  /** Epoch milliseconds; `NaN` while the clock tells nothing usable. */
  now(): number;
  /** The jump ahead in which the last reading lies, if that may still be taken back. */
  readonly doubt: Doubt | undefined;
  /** The last reading without the jump that is in doubt: what has to be in order with what comes after it goes by this. */
  readonly settled: number;
  /** Whether accesses are noted and expired sessions swept: not at a time that may turn out wrong. */
  readonly isCertain: boolean;
}

/** Which clocks a {@link ManagerTime} goes by. */
export interface Clocks {
  /** The application's or the store's. Default: the system's wall clock, held against its monotonic one. */
  readonly clock?: Clock;
  /** What `clock` is held against. Default: the system's where `clock` is the system's, else nothing. */
  readonly monotonic?: Clock;
}

/** The time that a manager goes by: a clock that was given is believed, the system's is held against its other one. */
export function managerTime(
  { clock, monotonic }: Clocks,
  onCorrection?: MeasuredTimeParts['onCorrection'],
): ManagerTime {
  return clock !== undefined && monotonic === undefined
    ? new GivenTime(clock)
    : new MeasuredTime({ wall: clock, monotonic, onCorrection });
}

/** @throws SessionStoreUnavailableError while the clock tells nothing usable: then nothing is known of any session. */
export function usableNow(time: ManagerTime): number {
  const now = time.now();
  if (Number.isNaN(now)) throw new SessionStoreUnavailableError('The clock tells no usable time');
  return now;
}

/** What a clock tells; one that throws tells nothing, unless it says that it cannot know. */
function reading(clock: Clock): number {
  try {
    return clock();
  } catch (error) {
    if (isSessionError(error)) throw error;
    return Number.NaN;
  }
}

/** What a {@link MeasuredTime} is made of. */
interface MeasuredTimeParts {
  /** Default: the system's. */
  readonly wall?: Clock;
  /** Default: the system's. */
  readonly monotonic?: Clock;
  readonly onCorrection?: (correction: ClockCorrection) => void;
}

/**
 * The time of the system's wall clock, held against its monotonic one, which nobody can set.
 *
 * - A jump **ahead** counts at once, since a machine that slept must not let in what is over meanwhile. For ten seconds
 *   no access is noted and nothing swept; for ten minutes, if the clock takes the jump back, what was issued in it ends.
 * - A step **back** of up to a minute is made up for within a minute, by running slower: time stands in no second
 *   twice. A larger one is not believed for a minute.
 * - A reading that is no time counts as none: the monotonic clock goes on.
 */
class MeasuredTime implements ManagerTime {
  readonly #wall: Clock;
  readonly #monotonic: Clock;
  readonly #onCorrection: MeasuredTimeParts['onCorrection'];
  #elapsed = -Infinity;
  /** Wall less monotonic, as last believed. */
  #offset = Number.NaN;
  /** The same before the jump that is in doubt. */
  #offsetBefore = Number.NaN;
  #doubtedSince = 0;
  #heldSince: number | undefined;
  doubt: Doubt | undefined;
  settled = Number.NaN;

  constructor({ wall = systemClock, monotonic = monotonicClock, onCorrection }: MeasuredTimeParts = {}) {
    this.#wall = wall;
    this.#monotonic = monotonic;
    this.#onCorrection = onCorrection;
    // What comes later is held against this.
    this.now();
  }

  get isCertain(): boolean {
    return this.doubt === undefined || this.#elapsed - this.#doubtedSince >= DOUBTFUL_FOR;
  }

  now(): number {
    const wall = reading(this.#wall);
    const elapsed = this.#monotonic();
    if (elapsed < this.#elapsed) this.#beginAnew();
    this.#elapsed = elapsed;
    const now = Math.floor(this.#read(wall, elapsed));
    this.settled = this.isCertain ? now : Math.floor(elapsed + this.#offsetBefore);
    return now;
  }

  #read(wall: number, elapsed: number): number {
    if (!isTime(wall)) return elapsed + this.#offset;
    if (Number.isNaN(this.#offset)) this.#offset = wall - elapsed;
    if (this.doubt !== undefined) this.#judgeDoubt(wall - elapsed, elapsed);
    const ahead = wall - elapsed - this.#offset;
    if (ahead < -TOLERANCE) return this.#hold(wall, elapsed);
    this.#heldSince = undefined;
    if (ahead > TOLERANCE) this.#beginDoubt(elapsed);
    this.#offset = wall - elapsed;
    return wall;
  }

  /** A monotonic clock never goes back: somebody has put other clocks in the place of both, as fake timers do. */
  #beginAnew(): void {
    this.#offset = Number.NaN;
    this.#heldSince = undefined;
    this.doubt = undefined;
  }

  #beginDoubt(elapsed: number): void {
    this.#doubtedSince = elapsed;
    if (this.doubt !== undefined) return;
    this.doubt = new Doubt();
    this.#offsetBefore = this.#offset;
  }

  /** A jump is taken back by any fall while it is young, and later by one to where it began; else it was real. */
  #judgeDoubt(offset: number, elapsed: number): void {
    const age = elapsed - this.#doubtedSince;
    const fell = offset < this.#offset - TOLERANCE;
    const isWhereItWas = Math.abs(offset - this.#offsetBefore) <= TOLERANCE;
    if (!fell && age < REMEMBERED_FOR) return;
    const doubt = this.doubt!;
    this.doubt = undefined;
    if (!fell || !(age < DOUBTFUL_FOR || isWhereItWas)) return;
    this.#offset = this.#offsetBefore;
    doubt.takeBack();
    this.#onCorrection?.({ now: elapsed + this.#offset });
  }

  /** Goes on as if the clock had not been set back, and comes down to it where a minute suffices for that. */
  #hold(wall: number, elapsed: number): number {
    const believed = elapsed + this.#offset;
    const by = believed - wall;
    this.#heldSince ??= elapsed;
    const left = 1 - (elapsed - this.#heldSince) / MINUTE;
    if (left > 0) return by <= MINUTE ? wall + by * left : believed;
    this.#heldSince = undefined;
    this.#offset = wall - elapsed;
    if (by > MINUTE) this.#onCorrection?.({ now: wall, setBackBy: by });
    return wall;
  }
}

/**
 * The time of a clock that the application or a store gave: it is believed, since nothing is there to hold it against.
 * It is no earlier than it was, unless by more than a minute. A jump ahead by more than that, which within ten seconds of
 * the process is taken back to where it began, was wrong, and what was issued in it ends.
 */
class GivenTime implements ManagerTime {
  readonly #clock: Clock;
  readonly #monotonic: Clock;
  #latest = -Infinity;
  /** Clock less monotonic, when it last jumped. */
  #offset = Number.NaN;
  #before = 0;
  #doubt: Doubt | undefined;
  #doubtedSince = 0;
  readonly isCertain = true;

  constructor(clock: Clock, monotonic: Clock = monotonicClock) {
    this.#clock = clock;
    this.#monotonic = monotonic;
  }

  get settled(): number {
    return this.#latest;
  }

  get doubt(): Doubt | undefined {
    if (this.#doubt !== undefined && this.#monotonic() - this.#doubtedSince >= DOUBTFUL_FOR)
      this.#doubt = undefined;
    return this.#doubt;
  }

  now(): number {
    const time = reading(this.#clock);
    if (!isTime(time)) return Number.NaN;
    if (Math.abs(time - this.#latest) > MINUTE) this.#judgeJump(time);
    if (time > this.#latest || time < this.#latest - MINUTE) this.#latest = time;
    return this.#latest;
  }

  #judgeJump(time: number): void {
    const elapsed = this.#monotonic();
    const offset = time - elapsed;
    const { doubt } = this;
    if (time < this.#latest) {
      this.#doubt = undefined;
      if (Math.abs(time - this.#before) <= MINUTE) doubt?.takeBack();
    } else if (offset - this.#offset > MINUTE) {
      if (doubt === undefined) this.#before = this.#latest;
      this.#doubt = doubt ?? new Doubt();
      this.#doubtedSince = elapsed;
    }
    this.#offset = offset;
  }
}
