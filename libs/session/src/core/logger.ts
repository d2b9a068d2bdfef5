/** Where managers and stores write. Nest's `Logger` fits as it is; every entry is one line and holds no secret. */
export interface SessionLogger {
  debug(message: string): void;
  log(message: string): void;
  warn(message: string): void;
  error(message: string): void;
}

/** Writes to the console, a level and the name of the class in front. */
export const consoleLogger: SessionLogger = Object.freeze({
  debug: () => undefined,
  log: (message: string) => console.log(`INFO [SessionManager] ${message}`),
  warn: (message: string) => console.warn(`WARNING [SessionManager] ${message}`),
  error: (message: string) => console.error(`ERROR [SessionManager] ${message}`),
});
