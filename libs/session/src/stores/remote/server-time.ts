import { LatestTime } from '../../core/latest-time.js';
import { type Clock, MINUTE } from '../../util/clock.js';
import { ServerClock } from './server-clock.js';

/** The times that a step goes by: the caller's, in epoch milliseconds, and how far that may lie beyond the server's. */
export type StepTimes<Unbounded> = readonly [now: number, ahead: number | Unbounded];

/** Of its deadline by our clock: the rest is for the way back. */
const SHARE_OF_TIMEOUT = 0.8;

/** What the steps on a server go by, so that all processes are at one, and none revives anything. */
export class ServerTime<Unbounded> {
  /** The server's, or the one that was given. */
  readonly clock: Clock;
  readonly #given: boolean;
  readonly #unbounded: Unbounded;
  readonly #server: ServerClock;
  readonly #latest = new LatestTime();

  /**
   * @param ask the server's time in epoch milliseconds.
   * @param given a clock in place of the server's, which alone counts then.
   * @param unbounded what tells a step that the caller's time counts, however far ahead.
   */
  constructor(ask: () => Promise<number>, given: Clock | undefined, unbounded: Unbounded) {
    this.#server = new ServerClock(ask);
    this.#given = given !== undefined;
    this.#unbounded = unbounded;
    this.clock = given ?? this.#server.now;
    // So that the time is known when it is first asked for, where the server is there by then.
    this.#server.learn().catch(() => undefined);
  }

  /**
   * The times that a step goes by.
   *
   * @param ahead milliseconds that the caller's may lie beyond the server's.
   * @throws SessionStoreUnavailableError for what is no time.
   */
  of(now: number, ahead = MINUTE): StepTimes<Unbounded> {
    const latest = this.#latest.of(now);
    return [latest, this.#given ? this.#unbounded : ahead];
  }

  /** Until when, by the server's clock, a step may still happen that is given up after `timeout`: none finds it done then. */
  async deadline(timeout: number): Promise<number> {
    await this.#server.known();
    return Math.floor(this.#server.now() + timeout * SHARE_OF_TIMEOUT);
  }

  /** Asks the server. */
  learn(): Promise<void> {
    return this.#server.learn();
  }
}
