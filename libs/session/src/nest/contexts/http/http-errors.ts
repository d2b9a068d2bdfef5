import { HttpException, HttpStatus } from '@nestjs/common';
import { isRefusal } from '../../../core/error-brand.js';
import type { AnySessionError, RefusalReason, SessionError } from '../../../core/errors.js';

/** How one error is told over HTTP. */
interface HttpAnswer {
  readonly status: HttpStatus;
  /** The `error` of `WWW-Authenticate` (RFC 6750 §3.1); `null` for the bare challenge; absent for no challenge. */
  readonly challenge?: 'invalid_request' | 'invalid_token' | 'insufficient_scope' | null;
  /**
   * Whether the body shows the error's own message, because that is about what the client sent. Otherwise all errors of a
   * status have the same body, which gives nothing away.
   */
  readonly expose?: boolean;
}

const INVALID_TOKEN: HttpAnswer = { status: HttpStatus.UNAUTHORIZED, challenge: 'invalid_token' };

/** The one table from error code to answer. */
const ANSWERS: Readonly<Record<AnySessionError['code'], HttpAnswer>> = {
  MISSING_TOKEN: { status: HttpStatus.UNAUTHORIZED, challenge: null },
  INVALID_TOKEN,
  INVALID_TOKEN_PROCESSING: INVALID_TOKEN,
  SESSION_EXPIRED: INVALID_TOKEN,
  WRONG_TOKEN_TYPE: INVALID_TOKEN,
  ACCESS_TOKEN_NOT_FOUND: INVALID_TOKEN,
  REFRESH_TOKEN_NOT_FOUND: INVALID_TOKEN,
  REFRESH_TOKEN_REUSE: INVALID_TOKEN,
  INVALID_INPUT: { status: HttpStatus.BAD_REQUEST, expose: true },
  INVALID_EXPIRATION: { status: HttpStatus.BAD_REQUEST, expose: true },
  INSUFFICIENT_SCOPE: { status: HttpStatus.FORBIDDEN, challenge: 'insufficient_scope' },
  CROSS_SITE_REQUEST: { status: HttpStatus.FORBIDDEN, expose: true },
  UNSUPPORTED_OPERATION: { status: HttpStatus.NOT_IMPLEMENTED, expose: true },
  SESSION_STORE_UNAVAILABLE: { status: HttpStatus.SERVICE_UNAVAILABLE },
  SIGNING_KEYS_UNAVAILABLE: { status: HttpStatus.SERVICE_UNAVAILABLE },
  SESSION_CONFIGURATION: { status: HttpStatus.INTERNAL_SERVER_ERROR },
};

const REASONS: Readonly<Record<number, string>> = {
  [HttpStatus.UNAUTHORIZED]: 'Unauthorized',
  [HttpStatus.FORBIDDEN]: 'Forbidden',
  [HttpStatus.SERVICE_UNAVAILABLE]: 'Service Unavailable',
  [HttpStatus.INTERNAL_SERVER_ERROR]: 'Internal Server Error',
};

/**
 * What a client may know of the reason, if the application wants it told: enough to say "you were logged out
 * elsewhere", and nothing that tells a thief that he was noticed, or how.
 */
const TOLD: Readonly<Record<RefusalReason, RefusalReason | undefined>> = {
  expired: 'expired',
  idle: 'idle',
  revoked: 'revoked',
  evicted: 'evicted',
  rotated: 'expired',
  reuse_detected: 'revoked',
  unknown: undefined,
};

/** How much of a refusal is told. */
export interface RefusalDisclosure {
  /** Whether a 401 names its reason, as the option `tellRefusalReason` says. Default: `false`. */
  readonly tellRefusalReason?: boolean;
}

/** How many seconds a client should wait for a store to come back. */
const RETRY_AFTER = '5';

/** A response of Express or a reply of Fastify. */
export interface HttpResponse {
  header(name: string, value: string): unknown;
  readonly headersSent?: boolean;
  readonly sent?: boolean;
  readonly raw?: { readonly headersSent?: boolean };
}

/**
 * The `HttpException` for an error of this library, the error itself as its `cause`. Every bad credential gives the
 * same body, unless told otherwise: why one was refused helps an attacker, and is in the log. For a catch-all filter
 * of your own.
 */
export function toHttpException(
  error: SessionError,
  { tellRefusalReason = false }: RefusalDisclosure = {},
): HttpException {
  const { status, expose } = answerTo(error);
  const message = expose ? error.message : REASONS[status]!;
  const reason = tellRefusalReason && isRefusal(error) ? TOLD[error.reason] : undefined;
  const body = { statusCode: status, message, ...(reason !== undefined && { reason }) };
  return new HttpException(body, status, { cause: error });
}

/**
 * Writes the headers that belong to the answer, the challenge or the delay, and returns the exception to throw. To an
 * answer that is under way no header can be added any more; trying to would throw past the error.
 */
export function refuse(
  error: SessionError,
  response: HttpResponse,
  disclosure?: RefusalDisclosure,
): HttpException {
  if (!hasBegun(response)) writeHeaders(response, answerTo(error));
  return toHttpException(error, disclosure);
}

/** Whether its headers are on the way, or sent by somebody else. */
export function hasBegun({ headersSent, sent, raw }: HttpResponse): boolean {
  return headersSent === true || sent === true || raw?.headersSent === true;
}

function writeHeaders(response: HttpResponse, { status, challenge }: HttpAnswer): void {
  if (challenge === null) response.header('WWW-Authenticate', 'Bearer');
  else if (challenge !== undefined) response.header('WWW-Authenticate', `Bearer error="${challenge}"`);
  if (status === HttpStatus.SERVICE_UNAVAILABLE) response.header('Retry-After', RETRY_AFTER);
}

function answerTo(error: SessionError): HttpAnswer {
  return ANSWERS[error.code as AnySessionError['code']] ?? { status: HttpStatus.INTERNAL_SERVER_ERROR };
}
