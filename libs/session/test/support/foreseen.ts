import { InvalidTokenProcessingError, SessionValidationError } from '../../src/core/errors.js';

/** Whether a token was refused on purpose, not because something broke on the way. */
export function isForeseen(error: unknown): boolean {
  return error instanceof SessionValidationError && !(error instanceof InvalidTokenProcessingError);
}
