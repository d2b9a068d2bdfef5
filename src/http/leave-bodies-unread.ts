import type { AbstractHttpAdapter } from '@nestjs/core';

/** The parts of a Fastify instance that decide about bodies. */
interface FastifyBodyParsers {
  removeAllContentTypeParsers(): unknown;
  addContentTypeParser(
    type: '*',
    parser: (request: unknown, body: unknown, done: (error: null) => void) => void,
  ): unknown;
}

/**
 * Has Fastify hand requests on with their bodies unread, as Express does without a parser: each route reads its own
 * (`@TakesJson()`, `BodyReader`).
 */
export function leaveBodiesUnread(adapter: AbstractHttpAdapter): void {
  if (adapter.getType() !== 'fastify') return;
  const fastify = adapter.getInstance<FastifyBodyParsers>();
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser('*', (_request, _body, done) => done(null));
}
