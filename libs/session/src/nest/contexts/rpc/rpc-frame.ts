import { HttpStatus, type ArgumentsHost } from '@nestjs/common';
import type { SessionError } from '../../../core/errors.js';
import { errorFrame, type ErrorFrame } from '../error-frame.js';
import type { RefusalDisclosure } from '../http/http-errors.js';
import { messageContext } from './message-context.js';
import { isGrpcMetadata } from './rpc-headers.js';

/** Status codes of gRPC: its clients read 2, which is UNKNOWN, where there is a text. */
const GRPC_CODES: Readonly<Record<number, number>> = {
  [HttpStatus.BAD_REQUEST]: 3,
  [HttpStatus.UNAUTHORIZED]: 16,
  [HttpStatus.FORBIDDEN]: 7,
  [HttpStatus.NOT_IMPLEMENTED]: 12,
  [HttpStatus.SERVICE_UNAVAILABLE]: 14,
};
const GRPC_INTERNAL = 13;

/** What a client of a microservice gets in the place of an answer. */
export function rpcFrame(
  error: SessionError,
  host: ArgumentsHost,
  disclosure?: RefusalDisclosure,
): ErrorFrame {
  const frame = errorFrame(error, disclosure);
  const context = messageContext(host);
  if (context === undefined || !isGrpcMetadata(context)) return frame;
  return { ...frame, code: GRPC_CODES[frame.statusCode] ?? GRPC_INTERNAL };
}
