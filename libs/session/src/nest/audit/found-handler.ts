import type { Type } from '@nestjs/common';
import { MetadataScanner, type ModulesContainer } from '@nestjs/core';
import type { HandlerKind } from './audited-handler.js';

/** A module of the application, as Nest keeps it. */
export type NestModule = ModulesContainer extends Map<string, infer Module> ? Module : never;

/** A handler that Nest would find, too, and where its guards may stand. */
export interface FoundHandler {
  readonly kind: HandlerKind;
  readonly entry: string;
  readonly name: string;
  /** What carries the decorators: the method, and for a handshake the class. */
  readonly handler: object;
  readonly controller: Type<unknown>;
  /** Whose guards Nest runs before it. */
  readonly guardedBy: Reach;
}

/** Guards that Nest runs, and those that are bound for the whole application among them or not. */
export type Reach = 'all' | 'own' | 'none';

const scanner = new MetadataScanner();

/** The methods of a class, inherited ones included, by name. */
export function methodsOf(prototype: object): [name: string, method: object][] {
  const methods = prototype as Readonly<Record<string, object>>;
  return scanner.getAllMethodNames(prototype).map((name) => [name, methods[name]!]);
}

/** What a decorator of Nest wrote on a method or a class. */
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- the caller knows the decorator
export function said<T>(key: string, place: object): T | undefined {
  return Reflect.getMetadata(key, place) as T | undefined;
}
