import type { ModulesContainer } from '@nestjs/core';
import { isSame, type Address } from './gateways-at.js';

/** By application. */
const guarded = new WeakMap<ModulesContainer, Address[]>();

/** Notes that nobody connects here unless the guard lets them. */
export function noteGuarded(modules: ModulesContainer, address: Address): void {
  guarded.set(modules, [...(guarded.get(modules) ?? []), address]);
}

/** Whether the guard judges who connects here; known once Nest has set gateways up, which it does in `app.init()`. */
export function isGuarded(modules: ModulesContainer, address: Address): boolean {
  return guarded.get(modules)?.some((known) => isSame(known, address)) === true;
}
