import type { SessionLogger } from '../core/logger.js';

export const SILENT: SessionLogger = Object.freeze({
  debug: () => undefined,
  log: () => undefined,
  warn: () => undefined,
  error: () => undefined,
});
