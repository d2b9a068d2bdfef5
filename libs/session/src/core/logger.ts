import { observe } from '../util/observer.js';

/**
 * Where managers and stores write. Nest's `Logger` fits as it is; every entry is one line and holds no secret. One that
 * throws, or answers a promise that rejects, loses that line; it changes no answer and ends no process.
 */
export interface SessionLogger {
  /** Why a request was refused. */
  debug(message: string): void;
  /** What happens in the ordinary course of things. */
  log(message: string): void;
  /** What works and deserves a look: the limit, reuse, a random key, a line that cannot be read. */
  warn(message: string): void;
  /** What does not work: a store, a listener, the clean-up. */
  error(message: string): void;
}

/** Writes to the console, a level and the name of the class in front. */
export const consoleLogger: SessionLogger = Object.freeze({
  debug: () => undefined,
  log: (message: string) => console.log(`INFO [SessionManager] ${message}`),
  warn: (message: string) => console.warn(`WARNING [SessionManager] ${message}`),
  error: (message: string) => console.error(`ERROR [SessionManager] ${message}`),
});

/**
 * A logger whose failures stay its own: nobody is left to tell them to. Each one is wrapped in this where it enters the
 * library, so that all the rest may log without a thought. Its methods are looked up at every call, as a test that
 * replaces one expects.
 */
export function harmless(logger: SessionLogger): SessionLogger {
  const write = (level: keyof SessionLogger) => (message: string) =>
    observe(
      () => logger[level](message),
      () => undefined,
    );
  return Object.freeze({
    debug: write('debug'),
    log: write('log'),
    warn: write('warn'),
    error: write('error'),
  });
}
