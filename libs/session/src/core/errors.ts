import { BRAND } from './error-brand.js';

/**
 * The root of all errors that this library throws on purpose. {@link isSessionError} knows those of another copy of the
 * package too, which `instanceof` does not.
 *
 * No message ever holds a token, a key or a password.
 */
export abstract class SessionError extends Error {
  static {
    Object.defineProperty(this.prototype, BRAND, { value: 'error' });
  }

  /** The class name without `Error` in UPPER_SNAKE, stable across versions: switch on it, not on the message. */
  abstract readonly code: string;

  // Not ErrorOptions, which an application that compiles for ES2021 does not have.
  constructor(message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.name = new.target.name;
  }
}

/**
 * Why a genuine token is not valid, as far as that is remembered: its time is over (`expired`) or it was not used
 * for too long (`idle`); its session was ended (`revoked`), had to go for another (`evicted`) or ended because a
 * refresh token was used twice (`reuse_detected`); a refresh has replaced it (`rotated`). Anything else is `unknown`.
 */
export type RefusalReason =
  'expired' | 'idle' | 'revoked' | 'evicted' | 'rotated' | 'reuse_detected' | 'unknown';

/** What is known of a refused token. */
export interface Refusal {
  /** What broke, where something did. */
  readonly cause?: unknown;
  /** The session that the token named, where its signature proved it. */
  readonly sessionId?: string;
  /** Why it was refused. Default: `'unknown'`. */
  readonly reason?: RefusalReason;
}

/**
 * The presented token is not valid: over HTTP always 401, and always the same body unless the option
 * `tellRefusalReason` says otherwise. It is an expected answer and has no stack; its `cause`, where something broke,
 * has. `SessionValidationError` of the specification.
 */
export abstract class SessionValidationError extends SessionError {
  static {
    Object.defineProperty(this.prototype, BRAND, { value: 'refusal' });
  }

  /** The session that the token named, where its signature proved it; for the log, not for the client. */
  readonly sessionId?: string;
  /** For the log, and for the client as far as the option `tellRefusalReason` lets it through. */
  readonly reason: RefusalReason;

  constructor(message: string, refusal: Refusal = {}) {
    // Two fifths of what a refusal takes would go into a stack, and whoever sends bad tokens decides how often.
    // Reflect, since assigning throws where intrinsics are frozen.
    const { stackTraceLimit } = Error;
    Reflect.set(Error, 'stackTraceLimit', 0);
    super(message, refusal);
    Reflect.set(Error, 'stackTraceLimit', stackTraceLimit);
    this.reason = refusal.reason ?? 'unknown';
    if (refusal.sessionId !== undefined) this.sessionId = refusal.sessionId;
  }
}

/** No token at all was presented: over HTTP the bare challenge, without an error code (RFC 6750 §3.1). */
export class MissingTokenError extends SessionValidationError {
  readonly code = 'MISSING_TOKEN';
}

/** The token is not one of ours: its length, shape, signature, header or claims are wrong. */
export class InvalidTokenError extends SessionValidationError {
  readonly code = 'INVALID_TOKEN';
}

/**
 * Something unexpected broke while a token was read; `cause` holds what. `InvalidTokenProcessingError` of the
 * specification.
 */
export class InvalidTokenProcessingError extends SessionValidationError {
  readonly code = 'INVALID_TOKEN_PROCESSING';
}

/** The token carries its own expiry, and that has passed. */
export class SessionExpiredError extends SessionValidationError {
  readonly code = 'SESSION_EXPIRED';
}

/** A genuine token of a type that is not accepted here. */
export class WrongTokenTypeError extends SessionValidationError {
  readonly code = 'WRONG_TOKEN_TYPE';
}

/**
 * A genuine access or api token whose session or record is not there: expired, revoked, or lost.
 * `AccessTokenNotFoundError` of the specification.
 */
export class AccessTokenNotFoundError extends SessionValidationError {
  readonly code = 'ACCESS_TOKEN_NOT_FOUND';
}

/**
 * A genuine refresh token whose session is not there any more, or that a newer one has replaced.
 * `RefreshTokenNotFoundError` of the specification.
 */
export class RefreshTokenNotFoundError extends SessionValidationError {
  readonly code: 'REFRESH_TOKEN_NOT_FOUND' | 'REFRESH_TOKEN_REUSE' = 'REFRESH_TOKEN_NOT_FOUND';
}

/**
 * A refresh token was used a second time, which a thief does: the whole session has ended (RFC 9700 §4.14.2), unless
 * `onRefreshReuse` says `'reject'`.
 */
export class RefreshTokenReuseError extends RefreshTokenNotFoundError {
  override readonly code = 'REFRESH_TOKEN_REUSE';
}

/** An argument is not what the method takes; the message names what was expected and what came: over HTTP 400. */
export class InvalidInputError extends SessionError {
  readonly code = 'INVALID_INPUT';
}

/** The expiration asked for an API token is not a usable moment in the future: over HTTP 400. */
export class InvalidExpirationError extends SessionError {
  readonly code = 'INVALID_EXPIRATION';
}

/** A genuine token that lacks the right that this route asks for: over HTTP 403. */
export class InsufficientScopeError extends SessionError {
  readonly code = 'INSUFFICIENT_SCOPE';
}

/**
 * A browser may have been made to send this request by another site, so that its cookies say nothing of who wanted it, and
 * none are handed out: over HTTP 403, and the message says what to send.
 */
export class CrossSiteRequestError extends SessionError {
  readonly code = 'CROSS_SITE_REQUEST';
}

/** The strategy in use does not have this operation: over HTTP 501. */
export class UnsupportedOperationError extends SessionError {
  readonly code = 'UNSUPPORTED_OPERATION';
}

/**
 * The store, or `effectivePermissions`, could not answer: nothing is known of the session or of the user's rights, and
 * nothing was done that can be relied on. Over HTTP 503, with `Retry-After`; never 401. `cause` holds the error of what
 * broke.
 */
export class SessionStoreUnavailableError extends SessionError {
  readonly code = 'SESSION_STORE_UNAVAILABLE';
}

/** The public keys of the issuer could not be fetched, so that nothing is known of the token. */
export class SigningKeysUnavailableError extends SessionError {
  readonly code = 'SIGNING_KEYS_UNAVAILABLE';
}

/** The options are not usable; raised while the application boots. */
export class SessionConfigurationError extends SessionError {
  readonly code = 'SESSION_CONFIGURATION';
}

/** Every concrete error: `switch (error.code)` narrows it. */
export type AnySessionError =
  | MissingTokenError
  | InvalidTokenError
  | InvalidTokenProcessingError
  | SessionExpiredError
  | WrongTokenTypeError
  | AccessTokenNotFoundError
  | RefreshTokenNotFoundError
  | RefreshTokenReuseError
  | InvalidInputError
  | InvalidExpirationError
  | InsufficientScopeError
  | CrossSiteRequestError
  | UnsupportedOperationError
  | SessionStoreUnavailableError
  | SigningKeysUnavailableError
  | SessionConfigurationError;
