import { SetMetadata } from '@nestjs/common';
import type { Permission } from '../../core/permission.js';
import type { TokenType } from '../../core/token-type.js';

/** How a route treats requests without a session. */
export type RouteMode = 'public' | 'optional';

/** A right that an API token needs on the dataset that a route parameter names. */
export interface DatasetRequirement {
  /** The right. */
  readonly permission: Permission;
  /** The name of the route parameter; elsewhere than over HTTP of an argument, or of a member of the message. */
  readonly parameter: string;
}

/** What Nest's `@Sse()` notes on a handler (10 to 12); Nest 12 exports its name only where it says that it is internal. */
export const SSE_METADATA = '__sse__';

/** What decorators say of one kind on a handler or a class: all of it, since no decorator may silence another. */
export interface RouteKey<T> {
  readonly key: string;
  /** Only here for the type. */
  readonly value?: T;
}

export const ROUTE_MODE: RouteKey<RouteMode> = { key: 'nestjs-session-manager:mode' };
export const ACCEPTED_TOKENS: RouteKey<readonly TokenType[]> = { key: 'nestjs-session-manager:accept' };
export const FRESH: RouteKey<true> = { key: 'nestjs-session-manager:fresh' };
export const DATASET_REQUIREMENT: RouteKey<DatasetRequirement> = { key: 'nestjs-session-manager:dataset' };

/**
 * A decorator that adds to what is said on its handler or class. `SetMetadata` alone would overwrite it, and on a class
 * that has parents, hide what is said there.
 */
export function Says<T>(key: RouteKey<T>, value: T): ClassDecorator & MethodDecorator {
  return (target: object, name?: string | symbol, descriptor?: { readonly value?: unknown }) => {
    const place = descriptor?.value ?? target;
    // A new array: a decorator that wraps a handler may have handed the old one to its wrapper.
    SetMetadata(key.key, [...saidAt(key, place), value])(target, name!, descriptor as PropertyDescriptor);
  };
}

/** All that is said of one kind on a handler or a class itself, in no order that matters; its parents not asked. */
export function saidAt<T>({ key }: RouteKey<T>, place: object): readonly T[] {
  return (Reflect.getOwnMetadata(key, place) as readonly T[] | undefined) ?? [];
}
