import type { INestApplicationContext, Type } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';

/** What `@WebSocketGateway()` writes on a class, the same since Nest 8. */
const IS_GATEWAY = 'websockets:is_gateway';
const PORT = 'port';
const OPTIONS = 'websockets:gateway_options';

/** Where a gateway listens, as far as it decides which server it gets. */
interface Address {
  readonly path?: unknown;
  readonly namespace?: unknown;
}

/** The gateways of an application that share one server: Nest makes one for each port, path and namespace. */
export function gatewaysAt(
  app: INestApplicationContext,
  port: number,
  { path, namespace }: Address,
): Type<unknown>[] {
  return gatewaysOf(app).filter((gateway) => {
    const own = (Reflect.getMetadata(OPTIONS, gateway) ?? {}) as Address;
    const ownPort = (Reflect.getMetadata(PORT, gateway) ?? 0) as number;
    return ownPort === port && own.path === path && named(own.namespace) === named(namespace);
  });
}

function gatewaysOf(app: INestApplicationContext): Type<unknown>[] {
  const modules = [...app.get(ModulesContainer, { strict: false }).values()];
  const providers = modules.flatMap((module) => [...module.providers.values()]);
  const classes = new Set(providers.map(({ metatype }) => metatype).filter(isGateway));
  return [...classes];
}

function isGateway(metatype: unknown): metatype is Type<unknown> {
  return typeof metatype === 'function' && Reflect.hasMetadata(IS_GATEWAY, metatype);
}

/** socket.io and Nest put a slash before names that have none; some are patterns. */
function named(namespace: unknown): unknown {
  if (namespace === undefined || namespace === '') return '/';
  return typeof namespace === 'string' && !namespace.startsWith('/') ? `/${namespace}` : namespace;
}
