import type { ExecutionContext } from '@nestjs/common';
import { TokenType } from '../../core/token-type.js';
import {
  ACCEPTED_TOKENS,
  DATASET_REQUIREMENT,
  FRESH,
  ROUTE_MODE,
  saidAt,
  SSE_METADATA,
  type DatasetRequirement,
  type RouteMode,
} from './metadata.js';

/** What the decorators of a route ask for. */
export interface RouteRules {
  readonly mode: RouteMode | 'required';
  /** How a token is validated: made once, for each request to hand on. */
  readonly validation: { readonly accept: readonly TokenType[]; readonly fresh?: true };
  /** Whether the answer goes on until somebody ends it. */
  readonly lasts: boolean;
  /** The accepted types as one text, the same for the same ones: by it, handlers that share a request share a session. */
  readonly accepted: string;
  /** All of these, wherever they stand. */
  readonly datasets: readonly DatasetRequirement[];
}

/** By handler, then by class: a handler may be inherited by several. */
const known = new WeakMap<object, WeakMap<object, RouteRules>>();

/** The rules of the route that a context is of. */
export function routeRules(context: ExecutionContext): RouteRules {
  return rulesOf(context.getHandler(), context.getClass());
}

/** A route's rules, read once: what decorators wrote does not change. */
export function rulesOf(handler: object, controller: object): RouteRules {
  let ofHandler = known.get(handler);
  if (ofHandler === undefined) known.set(handler, (ofHandler = new WeakMap()));
  let rules = ofHandler.get(controller);
  if (rules === undefined) ofHandler.set(controller, (rules = readRules(handler, controller)));
  return rules;
}

/**
 * Reads a route's rules. Requirements, on datasets and of a fresh answer, add up. Else the nearest place decides that says anything: the
 * handler, then the class, then its parents. So a handler that names its tokens needs a session even in a public class.
 *
 * A method that overrides a parent's handler is a handler of its own, as it is for Nest: nothing on the other one
 * counts for it, its path included.
 */
function readRules(handler: object, controller: object): RouteRules {
  const places = [...ancestry(handler), ...ancestry(controller)];
  const accept = firstSaid(places.map(acceptedAt)) ?? [TokenType.Access];
  return {
    mode: firstSaid(places.map(modeAt)) ?? 'required',
    accepted: [...new Set(accept)].sort().join(' '),
    validation: {
      accept,
      ...(places.some((place) => saidAt(FRESH, place).length > 0) && { fresh: true }),
    },
    lasts: Reflect.getMetadata(SSE_METADATA, handler) === true,
    datasets: places.flatMap((place) => saidAt(DATASET_REQUIREMENT, place)),
  };
}

/** A class and its parents; a handler and what it wraps, where a wrapper was made to inherit from that. */
function ancestry(place: object | null): object[] {
  return place === null ? [] : [place, ...ancestry(Object.getPrototypeOf(place) as object | null)];
}

function firstSaid<T>(sayings: readonly (T | undefined)[]): T | undefined {
  return sayings.find((saying) => saying !== undefined);
}

/** Where one place says two things, whatever their order, the stricter holds. */
function modeAt(place: object): RouteRules['mode'] | undefined {
  const modes = saidAt(ROUTE_MODE, place);
  if (modes.includes('optional')) return 'optional';
  if (saidAt(ACCEPTED_TOKENS, place).length > 0) return 'required';
  // Beside @RequireDataset too: without a session, DatasetGuard then refuses everyone, and says so.
  if (modes.includes('public')) return 'public';
  return saidAt(DATASET_REQUIREMENT, place).length > 0 ? 'required' : undefined;
}

/** What all lists of one place allow; without a list, a right on a dataset is one that API tokens can have. */
function acceptedAt(place: object): readonly TokenType[] | undefined {
  const lists = saidAt(ACCEPTED_TOKENS, place);
  if (lists.length > 0) {
    return lists.reduce((allowed, list) => allowed.filter((type) => list.includes(type)));
  }
  return saidAt(DATASET_REQUIREMENT, place).length > 0 ? [TokenType.Access, TokenType.Api] : undefined;
}
