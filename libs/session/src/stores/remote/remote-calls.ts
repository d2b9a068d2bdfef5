import { SessionStoreUnavailableError } from '../../core/errors.js';
import { Breaker, type BreakerOptions } from './breaker.js';

/** How calls of a server are guarded. */
export interface RemoteCallOptions {
  /** What the server is called in messages. */
  readonly server: string;
  /** Milliseconds that a call may take. */
  readonly timeout: number;
  /** When the server is given up for a while. */
  readonly breaker?: BreakerOptions;
  /** Whether an error is the server's own answer, which shows it at work, and no sign that it is not there. */
  readonly isAnswer: (error: unknown) => boolean;
}

/** What one call wants otherwise. */
export interface RemoteCall<T> {
  /** Milliseconds that it may take. Default: as all. */
  readonly timeout?: number;
  /** Told what was answered after all, when nobody waits for it any more. */
  readonly tooLate?: (answer: T) => void;
}

/**
 * The guard around every call of a remote server: none takes longer than its deadline, whatever the client's own
 * settings, and while the server is not there none is begun but a probe.
 */
export class RemoteCalls {
  readonly #server: string;
  readonly #timeout: number;
  readonly #isAnswer: (error: unknown) => boolean;
  readonly #breaker: Breaker;

  constructor({ server, timeout, breaker, isAnswer }: RemoteCallOptions) {
    this.#server = server;
    this.#timeout = timeout;
    this.#isAnswer = isAnswer;
    this.#breaker = new Breaker(breaker);
  }

  /**
   * @throws SessionStoreUnavailableError if nothing came in time, the connection was lost, or the server is given up at
   *   present.
   * @throws what the server answered, if that is an error.
   */
  call<T>(work: () => Promise<T>, { timeout = this.#timeout, tooLate }: RemoteCall<T> = {}): Promise<T> {
    if (!this.#breaker.lets()) {
      return Promise.reject(new SessionStoreUnavailableError(`${this.#server} is not there at present`));
    }
    return new Promise<T>((resolve, reject) => {
      let waiting = true;
      const timer = setTimeout(() => {
        waiting = false;
        this.#breaker.heardNothing();
        reject(new SessionStoreUnavailableError(`${this.#server} did not answer within ${timeout} ms`));
      }, timeout);
      const settle = (end: () => void) => {
        if (!waiting) return;
        waiting = false;
        clearTimeout(timer);
        end();
      };
      begun(work).then(
        (answer) => {
          if (!waiting) tooLate?.(answer);
          settle(() => {
            this.#breaker.heard();
            resolve(answer);
          });
        },
        (error: unknown) => settle(() => reject(this.#judged(error))),
      );
    });
  }

  #judged(cause: unknown): Error {
    if (this.#isAnswer(cause)) {
      this.#breaker.heard();
      return cause as Error;
    }
    this.#breaker.heardNothing();
    return new SessionStoreUnavailableError(`${this.#server} is not there`, { cause });
  }
}

/** A client may throw where it should reject. */
async function begun<T>(work: () => Promise<T>): Promise<T> {
  return work();
}
