import type { Type } from '@nestjs/common';
import { methodsOf, said, type FoundHandler, type NestModule, type Reach } from './found-handler.js';

// What the decorators of @nestjs/microservices write, the same from 10 to 12.
const HANDLER = 'microservices:handler_type';
const PATTERN = 'microservices:pattern';

/** The handlers of messages and of events in a module's controllers. */
export function rpcHandlers(module: NestModule, guardedBy: Reach): FoundHandler[] {
  return [...module.controllers.values()].flatMap(({ metatype }) => {
    const controller = metatype as Type<unknown>;
    return methodsOf(controller.prototype as object)
      .filter(([, handler]) => said(HANDLER, handler) !== undefined)
      .flatMap(([name, handler]) =>
        [said<unknown>(PATTERN, handler)].flat().map((pattern) => ({
          kind: 'rpc' as const,
          entry: spelt(pattern),
          name: `${controller.name}.${name}`,
          handler,
          controller,
          guardedBy,
        })),
      );
  });
}

/** A method of gRPC as its own tools call it; other patterns as Nest itself spells them. */
function spelt(pattern: unknown): string {
  if (typeof pattern !== 'object' || pattern === null) return String(pattern);
  const { service, rpc } = pattern as { readonly service?: string; readonly rpc?: string };
  return service !== undefined && rpc !== undefined ? `${service}/${rpc}` : JSON.stringify(pattern);
}
