import type { Type } from '@nestjs/common';
import type { ModulesContainer } from '@nestjs/core';

/** What `@WebSocketGateway()` writes on a class, the same since Nest 8. */
const IS_GATEWAY = 'websockets:is_gateway';
const PORT = 'port';
const OPTIONS = 'websockets:gateway_options';

/** Where a gateway listens, as far as it decides which server it gets: Nest makes one for each of these. */
export interface Address {
  readonly port: number;
  readonly path?: unknown;
  readonly namespace?: unknown;
}

/** The gateways of an application that share one server. */
export function gatewaysAt(modules: ModulesContainer, address: Address): Type<unknown>[] {
  return gatewaysOf(modules).filter((gateway) => isSame(addressOf(gateway), address));
}

/** All gateways of an application. */
export function gatewaysOf(modules: ModulesContainer): Type<unknown>[] {
  const providers = [...modules.values()].flatMap((module) => [...module.providers.values()]);
  const classes = new Set(providers.map(({ metatype }) => metatype).filter(isGateway));
  return [...classes];
}

export function addressOf(gateway: Type<unknown>): Address {
  const { path, namespace } = (Reflect.getMetadata(OPTIONS, gateway) ?? {}) as Partial<Address>;
  return { port: (Reflect.getMetadata(PORT, gateway) ?? 0) as number, path, namespace };
}

export function isSame(one: Address, other: Address): boolean {
  return (
    one.port === other.port && one.path === other.path && named(one.namespace) === named(other.namespace)
  );
}

/** An address for people: `/chat`, `/path/chat`, `:3001/`. */
export function spelt({ port, path, namespace }: Address): string {
  const parts = [path, named(namespace)].filter((part) => part !== undefined && part !== '/');
  return `${port === 0 ? '' : `:${port}`}${parts.map(String).join('') || '/'}`;
}

function isGateway(metatype: unknown): metatype is Type<unknown> {
  return typeof metatype === 'function' && Reflect.hasMetadata(IS_GATEWAY, metatype);
}

/** socket.io and Nest put a slash before names that have none; some are patterns. */
function named(namespace: unknown): unknown {
  if (namespace === undefined || namespace === '') return '/';
  return typeof namespace === 'string' && !namespace.startsWith('/') ? `/${namespace}` : namespace;
}
