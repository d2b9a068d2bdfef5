import type { ModulesContainer } from '@nestjs/core';
import { SessionConfigurationError } from '../core/errors.js';

/**
 * Refuses to boot on another copy of Nest than the one that the library imports, as a linked package or a second major
 * brings along: Nest injects by class, and that copy's classes are others. It would say that it cannot find its own
 * `ModulesContainer`.
 *
 * @param modules what Nest injected; `undefined` if it has another class of that name.
 */
export function requireOneNest(
  modules: ModulesContainer | undefined,
  module: string,
): asserts modules is ModulesContainer {
  if (modules !== undefined) return;
  throw new SessionConfigurationError(
    `${module}: the application runs on another copy of @nestjs/core than the one that nestjs-session-manager imports; ` +
      '"npm ls @nestjs/core @nestjs/common" shows both, and one version for all and "npm dedupe" make them one',
  );
}
