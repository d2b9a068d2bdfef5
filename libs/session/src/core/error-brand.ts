import type { AnySessionError, SessionValidationError } from './errors.js';

/**
 * Marks the prototypes of our errors. A process may hold a second copy of this package (another version of it, jest's
 * module registry), whose classes are not ours, so that `instanceof` does not know its errors.
 */
export const BRAND = Symbol.for('nestjs-session-manager.error');

/**
 * Whether something thrown is an error of this library, whichever copy of the package threw it; `instanceof` knows only
 * those of its own copy. `switch (error.code)` goes on from here.
 */
export function isSessionError(error: unknown): error is AnySessionError {
  return brandOf(error) !== undefined;
}

/** Whether something thrown says that a token is not valid, whichever copy of the package threw it. */
export function isRefusal(error: unknown): error is Extract<AnySessionError, SessionValidationError> {
  return brandOf(error) === 'refusal';
}

function brandOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null ? (error as { [BRAND]?: unknown })[BRAND] : undefined;
}
