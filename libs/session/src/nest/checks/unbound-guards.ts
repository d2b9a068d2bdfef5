import type { ExternalContextCreator } from '@nestjs/core';

/** Where Nest keeps the guards of an application, from 10 to 12: in private places, so that each may be missing. */
interface PrivateParts {
  readonly guardsContextCreator?: {
    readonly config?: {
      getGlobalGuards?(): readonly unknown[];
      getGlobalRequestGuards?(): readonly unknown[];
    };
  };
}

/**
 * Whether an application has global guards that nobody bound as `APP_GUARD`: those of `app.useGlobalGuards()`, which are seen
 * nowhere else. Where Nest keeps them otherwise, it may.
 *
 * @param bound how many are bound.
 */
export function mayHaveUnboundGuards(contexts: ExternalContextCreator, bound: number): boolean {
  const { config } = (contexts as unknown as PrivateParts).guardsContextCreator ?? {};
  const all = [config?.getGlobalGuards?.(), config?.getGlobalRequestGuards?.()];
  return all.some((guards) => guards === undefined) || all.flat().length > bound;
}
