import { RequestMethod, type Type } from '@nestjs/common';
import type { ModulesContainer } from '@nestjs/core';
import { SSE_METADATA } from '../rules/metadata.js';
import { methodsOf, said, type FoundHandler, type NestModule } from './found-handler.js';

// What Nest's decorators write, the same from 10 to 12; Nest 12 exports the names only where it says that they are internal.
const PATH = 'path';
const METHOD = 'method';
const MODULE_PATH = '__module_path__';

/** The routes of a module's controllers, event streams among them. */
export function httpHandlers(module: NestModule, { applicationId }: ModulesContainer): FoundHandler[] {
  const modulePath =
    said<string>(MODULE_PATH + applicationId, module.metatype) ?? said<string>(MODULE_PATH, module.metatype);
  return [...module.controllers.values()].flatMap(({ metatype }) =>
    routesOf(metatype as Type<unknown>, modulePath),
  );
}

function routesOf(controller: Type<unknown>, modulePath = ''): FoundHandler[] {
  const above = each(said<Paths>(PATH, controller)).map((path) => join(modulePath, path));
  return methodsOf(controller.prototype as object).flatMap(([name, handler]) =>
    each(said<Paths>(PATH, handler)).flatMap((path) =>
      above.map((prefix) => ({
        kind: said(SSE_METADATA, handler) === true ? 'sse' : 'http',
        entry: `${RequestMethod[said<RequestMethod>(METHOD, handler) ?? RequestMethod.GET]} ${join(prefix, path) || '/'}`,
        name: `${controller.name}.${name}`,
        handler,
        controller,
        guardedBy: 'all',
      })),
    ),
  );
}

type Paths = string | readonly string[];

function each(paths: Paths | undefined): readonly string[] {
  return paths === undefined ? [] : [paths].flat();
}

/** One path below another, with a slash before each part and none behind. */
function join(...parts: readonly string[]): string {
  return parts
    .map((part) => part.replace(/^\/+|\/+$/g, ''))
    .filter((part) => part !== '')
    .map((part) => `/${part}`)
    .join('');
}
