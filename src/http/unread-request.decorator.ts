import type { IncomingMessage } from 'node:http';
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { nodeRequest, type AnyRequest } from './node-request.js';

/** The request of `node:http`, its body unread, whatever its content type. */
export const UnreadRequest = createParamDecorator((_: unknown, context: ExecutionContext): IncomingMessage =>
  nodeRequest(context.switchToHttp().getRequest<AnyRequest>()),
);
