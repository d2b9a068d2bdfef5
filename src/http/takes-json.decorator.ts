import {
  applyDecorators,
  Injectable,
  UnsupportedMediaTypeException,
  UseInterceptors,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import type { Observable } from 'rxjs';
import { BodyReader } from './body-reader.js';
import { nodeRequest, type AnyRequest } from './node-request.js';
import { parseJsonObject } from './parse-json-object.js';

const MAX_BYTES = 64 * 1024;

/**
 * Parses the body. The adapters' own parsers are off (see `leaveBodiesUnread`): here it happens after the guards, so
 * that nobody has us read a body who may not send one, and alike on Express and Fastify.
 */
@Injectable()
class JsonBodyInterceptor implements NestInterceptor {
  readonly #bodies: BodyReader;

  constructor(bodies: BodyReader) {
    this.#bodies = bodies;
  }

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const request = context.switchToHttp().getRequest<AnyRequest>();
    request.body = await this.#readJson(request);
    return next.handle();
  }

  /** An empty body is an empty object: what is missing in it, the DTO says better. */
  async #readJson(request: AnyRequest): Promise<object> {
    const bytes = await this.#bodies.readWhole(request, MAX_BYTES);
    if (bytes.length === 0) return {};
    const type = nodeRequest(request).headers['content-type']?.split(';')[0]?.trim().toLowerCase();
    if (type !== 'application/json') {
      throw new UnsupportedMediaTypeException('Content-Type: expected application/json');
    }
    return parseJsonObject(bytes);
  }
}

/** The handler's `@Body()` is a JSON object. Its module provides the {@link BodyReader}. */
export const TakesJson = () => applyDecorators(UseInterceptors(JsonBodyInterceptor));
