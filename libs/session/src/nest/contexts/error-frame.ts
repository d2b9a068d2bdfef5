import { HttpException, HttpStatus } from '@nestjs/common';
import type { SessionError } from '../../core/errors.js';
import { toHttpException, type RefusalDisclosure } from './http/http-errors.js';

/** What GraphQL calls an answer; the words are Apollo's where it has one. */
const CODES: Readonly<Record<number, string>> = {
  [HttpStatus.BAD_REQUEST]: 'BAD_REQUEST',
  [HttpStatus.UNAUTHORIZED]: 'UNAUTHENTICATED',
  [HttpStatus.FORBIDDEN]: 'FORBIDDEN',
  [HttpStatus.NOT_IMPLEMENTED]: 'NOT_IMPLEMENTED',
  [HttpStatus.SERVICE_UNAVAILABLE]: 'SERVICE_UNAVAILABLE',
};

/** What a client of RPC or of a gateway gets: the body that HTTP would have, and the code that GraphQL would. */
export interface ErrorFrame {
  readonly status: 'error';
  readonly statusCode: number;
  readonly message: string;
  /** A number for clients of gRPC. */
  readonly code: string | number;
  readonly reason?: string;
}

export function errorFrame(error: SessionError, disclosure?: RefusalDisclosure): ErrorFrame {
  const exception = toHttpException(error, disclosure);
  const body = exception.getResponse() as Pick<ErrorFrame, 'statusCode' | 'message' | 'reason'>;
  return { status: 'error', ...body, code: CODES[exception.getStatus()] ?? 'INTERNAL_SERVER_ERROR' };
}

/**
 * The `HttpException` for an error; graphql-js takes its `extensions` over. The body has no `statusCode`, by which Nest's
 * driver for Apollo would know one, and give it a code of its own, which for most is that of a fault.
 */
export function toCodedException(error: SessionError, disclosure?: RefusalDisclosure): HttpException {
  const { statusCode, message, code, reason } = errorFrame(error, disclosure);
  const told = reason !== undefined && { reason };
  const exception = new HttpException({ message, ...told }, statusCode, { cause: error });
  return Object.assign(exception, { extensions: { code, ...told } });
}
