import { SessionStoreUnavailableError } from '../../core/errors.js';
import { type Clock, monotonicClock, SECOND } from '../../util/clock.js';

/** After so long the offset is asked for again: two quartz clocks part by less than a millisecond meanwhile. */
const ASK_AGAIN_AFTER = 10 * SECOND;

/**
 * The clock of a server, told from here: the monotonic one of this process and an offset to it, learnt from the server. Of
 * several trips the shortest counts, since it leaves the least room for error. It never runs back by an answer that only
 * took longer; by one that shows the server's clock set back, it does.
 */
export class ServerClock {
  readonly #ask: () => Promise<number>;
  readonly #elapsed: Clock;
  #offset: number | undefined;
  /** Of the trip that the offset was learnt on. */
  #trip = Infinity;
  #learntAt = -Infinity;
  #learning: Promise<void> | undefined;

  /** @param ask the server's time in epoch milliseconds. */
  constructor(ask: () => Promise<number>, elapsed: Clock = monotonicClock) {
    this.#ask = ask;
    this.#elapsed = elapsed;
  }

  /**
   * The server's time, in epoch milliseconds; where it was last asked for too long ago, that is done beside.
   *
   * @throws SessionStoreUnavailableError while it was never learnt.
   */
  readonly now: Clock = () => {
    const elapsed = this.#elapsed();
    if (elapsed - this.#learntAt >= ASK_AGAIN_AFTER) this.learn().catch(() => undefined);
    if (this.#offset === undefined)
      throw new SessionStoreUnavailableError('The time of the server is not known yet');
    return elapsed + this.#offset;
  };

  /** Resolves once the time is known; at once if it is. */
  async known(): Promise<void> {
    if (this.#offset === undefined) await this.learn();
  }

  /** Asks the server; all who want it at the same time share one question. */
  learn(): Promise<void> {
    this.#learning ??= this.#learn().finally(() => {
      this.#learning = undefined;
    });
    return this.#learning;
  }

  async #learn(): Promise<void> {
    const sent = this.#elapsed();
    const time = await this.#ask();
    const back = this.#elapsed();
    const trip = back - sent;
    const offset = time - (sent + back) / 2;
    // What lies outside the error of both trips is no error: the server's clock was set, or another server took over.
    const moved = this.#offset === undefined || Math.abs(offset - this.#offset) > (trip + this.#trip) / 2;
    this.#learntAt = back;
    if (!moved && trip > this.#trip) return;
    this.#offset = offset;
    this.#trip = trip;
  }
}
