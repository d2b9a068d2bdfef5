import type { ExecutionContext } from '@nestjs/common';
import { TokenType } from '../core/token-type.js';
import {
  ACCEPTED_TOKENS,
  DATASET_REQUIREMENT,
  ROUTE_MODE,
  type DatasetRequirement,
  type RouteKey,
  type RouteMode,
} from './metadata.js';

/** What the decorators of a route ask for. */
export interface RouteRules {
  readonly mode: RouteMode | 'required';
  readonly accept: readonly TokenType[];
  /** All of these, those of the class and those of the handler. */
  readonly datasets: readonly DatasetRequirement[];
}

/** By handler, then by class: a handler may be inherited by several. */
const known = new WeakMap<object, WeakMap<object, RouteRules>>();

/** A route's rules, read once: what decorators wrote does not change. */
export function routeRules(context: ExecutionContext): RouteRules {
  const handler = context.getHandler();
  const controller = context.getClass();
  let ofHandler = known.get(handler);
  if (ofHandler === undefined) known.set(handler, (ofHandler = new WeakMap()));
  let rules = ofHandler.get(controller);
  if (rules === undefined) ofHandler.set(controller, (rules = readRules([handler, controller])));
  return rules;
}

/**
 * Reads a route's rules. What stands on the handler goes before what stands on its class: a handler that names
 * its tokens needs a session even in a public class. Requirements on datasets add up.
 */
function readRules(places: readonly object[]): RouteRules {
  const deciding = places.map(rulesAt).find((rules) => rules !== undefined);
  const accept = places.map(acceptedAt).find((tokens) => tokens !== undefined);
  return {
    mode: deciding ?? 'required',
    accept: accept ?? [TokenType.Access],
    datasets: places.flatMap((place) => read(DATASET_REQUIREMENT, place) ?? []),
  };
}

function rulesAt(place: object): RouteRules['mode'] | undefined {
  const mode = read(ROUTE_MODE, place);
  if (mode !== undefined) return mode;
  return acceptedAt(place) === undefined ? undefined : 'required';
}

function acceptedAt(place: object): readonly TokenType[] | undefined {
  const accept = read(ACCEPTED_TOKENS, place);
  if (accept !== undefined) return accept;
  return read(DATASET_REQUIREMENT, place) && [TokenType.Access, TokenType.Api];
}

function read<T>({ key }: RouteKey<T>, place: object): T | undefined {
  return Reflect.getMetadata(key, place) as T | undefined;
}
