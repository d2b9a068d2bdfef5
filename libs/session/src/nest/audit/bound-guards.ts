import type { Type } from '@nestjs/common';
import { APP_GUARD, type ModulesContainer } from '@nestjs/core';
import { DatasetGuard } from '../guards/dataset.guard.js';
import { SessionGuard } from '../guards/session.guard.js';
import { said, type FoundHandler } from './found-handler.js';

/** What `@UseGuards()` writes, the same from Nest 10 to 12. */
const GUARDS = '__guards__';

/** Which guards run before a handler. */
export interface BoundGuards {
  readonly session: boolean;
  readonly dataset: boolean;
  /** The classes of the others. */
  readonly others: readonly string[];
}

/** A guard by what it may be known by: its class, that of its instance, and what it is another name for. */
export type BoundGuard = readonly unknown[];

/** The guards that Nest runs before a handler, `global` among them where they reach it. */
export function guardsBefore(handler: FoundHandler, global: readonly BoundGuard[]): BoundGuards {
  const own = [handler.controller, handler.handler].flatMap(guardsOn);
  const guards = { all: [...global, ...own], own, none: [] }[handler.guardedBy];
  const others = guards.filter((guard) => !isSessionGuard(guard) && !isA(guard, DatasetGuard));
  return {
    session: guards.some(isSessionGuard),
    dataset: guards.some((guard) => isA(guard, DatasetGuard)),
    others: [...new Set(others.map(nameOf))],
  };
}

/** Guards that are bound as `APP_GUARD`. Those of `app.useGlobalGuards()` Nest keeps for itself. */
export function globalGuards(modules: ModulesContainer): BoundGuard[] {
  return [...modules.values()]
    .flatMap(({ providers, injectables }) => [...providers.values(), ...injectables.values()])
    .filter(({ token }) => typeof token === 'string' && token.startsWith(`${APP_GUARD} (`))
    .map(({ isAlias, inject, isNotMetatype, metatype, instance }) => [
      ...(isAlias ? (inject ?? []) : []),
      // A factory that gives nothing says that there is no guard.
      classOf(instance) ?? (isNotMetatype ? undefined : metatype),
    ])
    .filter((guard) => guard.some((known) => known !== null && known !== undefined));
}

/** Of what is bound, Nest leaves out what is no guard. */
function guardsOn(place: object): BoundGuard[] {
  const bound = said<readonly unknown[]>(GUARDS, place) ?? [];
  return bound.filter(isGuard).map((guard) => [typeof guard === 'function' ? guard : classOf(guard)]);
}

function isGuard(bound: unknown): boolean {
  if (typeof bound === 'function') return true;
  return typeof (bound as { readonly canActivate?: unknown } | null)?.canActivate === 'function';
}

export function isSessionGuard(guard: BoundGuard): boolean {
  return isA(guard, SessionGuard);
}

function isA(guard: BoundGuard, wanted: Type<unknown>): boolean {
  return guard.some(
    (known) =>
      known === wanted || (typeof known === 'function' && (known.prototype as unknown) instanceof wanted),
  );
}

function classOf(instance: unknown): unknown {
  return (instance as object | null | undefined)?.constructor;
}

function nameOf(guard: BoundGuard): string {
  const named = guard.find((known) => typeof known === 'function' && known.name !== '');
  return named === undefined ? '(nameless)' : (named as Type<unknown>).name;
}
