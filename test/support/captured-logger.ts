import { format } from 'node:util';
import type { LoggerService } from '@nestjs/common';

/** Keeps every line that the application and the library log, at every level. */
export class CapturedLogger implements LoggerService {
  readonly lines: string[] = [];

  log = this.#keep('log');
  error = this.#keep('error');
  warn = this.#keep('warn');
  debug = this.#keep('debug');
  verbose = this.#keep('verbose');
  fatal = this.#keep('fatal');

  #keep(level: string) {
    return (...message: unknown[]) => void this.lines.push(`${level} ${format(...message)}`);
  }
}
