import type { ArgumentsHost } from '@nestjs/common';
import { isGrpcMetadata } from './rpc-headers.js';

/** What Nest hands a handler of messages beside the message, if it hands it anything; in gRPC that is the metadata. */
export function messageContext(host: ArgumentsHost): object | undefined {
  const [message, context] = host.getArgs<[unknown, unknown]>();
  return metadataOfCall(message) ?? (isObject(context) ? context : undefined);
}

/** `@GrpcStreamCall()` hands the call itself over, in the message's place. No message holds functions. */
function metadataOfCall(message: unknown): object | undefined {
  const metadata = isObject(message) ? (message as { readonly metadata?: unknown }).metadata : undefined;
  return isObject(metadata) && isGrpcMetadata(metadata) ? metadata : undefined;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
