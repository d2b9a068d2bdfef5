import type { SessionLogger } from '../../src/core/logger.js';

/** Keeps every entry, for tests that read them. */
export class MemoryLogger implements SessionLogger {
  readonly entries: string[] = [];

  debug(message: string): void {
    this.entries.push(`debug ${message}`);
  }

  log(message: string): void {
    this.entries.push(`log ${message}`);
  }

  warn(message: string): void {
    this.entries.push(`warn ${message}`);
  }

  error(message: string): void {
    this.entries.push(`error ${message}`);
  }
}
