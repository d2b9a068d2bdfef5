/** Where managers and stores write. Nest's `Logger` fits as it is; every entry is one line and holds no secret. */
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
