import type { Permission } from '../core/permission.js';
import type { TokenType } from '../core/token-type.js';

/** How a route treats requests without a session. */
export type RouteMode = 'public' | 'optional';

/** A right that an API token needs on the dataset that a route parameter names. */
export interface DatasetRequirement {
  readonly permission: Permission;
  readonly parameter: string;
}

/** Reads metadata that decorators wrote on a handler or a class. */
export interface RouteKey<T> {
  readonly key: string;
  /** Only here for the type. */
  readonly value?: T;
}

export const ROUTE_MODE: RouteKey<RouteMode> = { key: 'nestjs-session-manager:mode' };
export const ACCEPTED_TOKENS: RouteKey<readonly TokenType[]> = { key: 'nestjs-session-manager:accept' };
export const DATASET_REQUIREMENT: RouteKey<DatasetRequirement> = { key: 'nestjs-session-manager:dataset' };
