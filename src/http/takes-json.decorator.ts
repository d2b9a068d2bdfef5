import {
  applyDecorators,
  Injectable,
  UnsupportedMediaTypeException,
  UseInterceptors,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import type { IncomingMessage } from 'node:http';
import type { Observable } from 'rxjs';
import { nodeRequest, type AnyRequest } from './node-request.js';
import { parseJsonObject } from './parse-json-object.js';
import { readBody } from './read-body.js';

const MAX_BYTES = 64 * 1024;

/**
 * Parses the body. The adapters' own parsers are off (see `leaveBodiesUnread`): here it happens after the guards, so
 * that nobody has us read a body who may not send one, and alike on Express and Fastify.
 */
@Injectable()
class JsonBodyInterceptor implements NestInterceptor {
  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const request = context.switchToHttp().getRequest<AnyRequest>();
    request.body = await readJson(nodeRequest(request));
    return next.handle();
  }
}

/** The handler's `@Body()` is a JSON object. */
export const TakesJson = () => applyDecorators(UseInterceptors(JsonBodyInterceptor));

/** An empty body is an empty object: what is missing in it, the DTO says better. */
async function readJson(request: IncomingMessage): Promise<object> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of readBody(request, MAX_BYTES)) chunks.push(chunk);
  const bytes = Buffer.concat(chunks);
  if (bytes.length === 0) return {};
  const type = request.headers['content-type']?.split(';')[0]?.trim().toLowerCase();
  if (type !== 'application/json') {
    throw new UnsupportedMediaTypeException('Content-Type: expected application/json');
  }
  return parseJsonObject(bytes);
}
