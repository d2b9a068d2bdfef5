import type { Type } from '@nestjs/common';
import type { ModulesContainer } from '@nestjs/core';
import { methodsOf, said, type FoundHandler, type NestModule, type Reach } from './found-handler.js';

// What the decorators of @nestjs/graphql write, the same from 12 to 14.
const TYPE = 'graphql:resolver_type';
const NAME = 'graphql:resolver_name';
const IS_FIELD = 'graphql:resolve_property';
const IS_REFERENCE = 'graphql:resolve_reference';
const MODULE_OPTIONS = 'GqlModuleOptions';

const ROOTS: readonly string[] = ['Query', 'Mutation', 'Subscription'];
const REFERENCE = '__resolveReference';
const TYPE_NAME = '__resolveType';

/**
 * The resolvers among a module's providers: queries, mutations, subscriptions, and fields below them. Where there is no
 * GraphQL nobody looks for them, since a provider may be anything.
 */
export function graphqlHandlers(module: NestModule, modules: ModulesContainer): FoundHandler[] {
  const schemas = [...modules.values()].flatMap(({ providers }) => providers.get(MODULE_OPTIONS) ?? []);
  if (schemas.length === 0) return [];
  const fields = reachOfFields(schemas.map(({ instance }) => instance as Options | null));
  return [...module.providers.values()]
    .filter(({ isAlias }) => !isAlias)
    .map(({ instance }) => instance)
    .filter((instance): instance is object => typeof instance === 'object' && instance !== null)
    .flatMap((resolver) => resolversOf(resolver, fields));
}

function resolversOf(resolver: object, fields: Reach): FoundHandler[] {
  const prototype = Object.getPrototypeOf(resolver) as object | null;
  const controller = resolver.constructor as Type<unknown> | undefined;
  if (prototype === null || typeof controller !== 'function') return [];
  return methodsOf(prototype).flatMap(([method, handler]) => {
    const type = said<string>(TYPE, handler) ?? said<string>(TYPE, controller);
    const isReference = said(IS_REFERENCE, handler) === true;
    const isRoot = type !== undefined && ROOTS.includes(type);
    if (type === undefined || (!isRoot && !isReference && said(IS_FIELD, handler) !== true)) return [];
    const field = isReference ? REFERENCE : (said<string>(NAME, handler) ?? method);
    return {
      kind: 'graphql' as const,
      entry: isRoot ? `${type} ${field}` : `${type}.${field}`,
      name: `${controller.name}.${method}`,
      handler,
      controller,
      guardedBy: method === TYPE_NAME ? 'none' : isRoot ? 'all' : fields,
    };
  });
}

/** Nest runs guards before fields only where it is told to, and then all of them. Of several schemas each has to tell it. */
function reachOfFields(schemas: readonly (Options | null)[]): Reach {
  return schemas.every((options) => options?.fieldResolverEnhancers?.includes('guards')) ? 'all' : 'none';
}

interface Options {
  readonly fieldResolverEnhancers?: readonly string[];
}
