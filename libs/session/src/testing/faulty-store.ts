import type { CreateRules, SessionStore } from '../core/session-store.js';

/** The failures that a test can switch on and off. */
export interface Faults {
  /** Every method throws, as when the database cannot be reached. */
  down: boolean;
  /** Every login that needs a slot finds none. */
  full: boolean;
}

/** The store behind a proxy: while a fault is switched on its methods fail, afterwards they work again. */
export function faultyStore<S extends object>(store: S, faults: Faults): S {
  return new Proxy(store, {
    get: (target, member) => {
      const value: unknown = Reflect.get(target, member);
      if (typeof value !== 'function') return value;
      return (...given: unknown[]): unknown => {
        if (faults.down) throw new Error('The test keeps this store down');
        return Reflect.apply(value, target, faults.full ? withoutFreeSlot(member, given) : given);
      };
    },
  });
}

/** The arguments with a limit of 0. The store still judges by itself, so an existing session may be reused. */
function withoutFreeSlot(verb: string | symbol, given: unknown[]): unknown[] {
  const at = RULES_AT[verb as keyof SessionStore];
  return at === undefined
    ? given
    : given.with(at, { ...(given[at] as CreateRules), max: 0, onLimit: 'reject' });
}

/** Which argument holds the rules, for the methods that respect a limit. */
const RULES_AT: Partial<Record<keyof SessionStore, number>> = { create: 1, rotate: 4 };
