import type { CreateRules, SessionStore } from '../core/session-store.js';

/** What ails a store at the moment. */
export interface Faults {
  /** No verb can be answered, as while a database is away. */
  down: boolean;
  /** No slot is free. */
  full: boolean;
}

/** The store itself, whose verbs feel the faults as soon as they are there and recover with them. */
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

/** The store judges the limit as ever, except that the limit is none: an existing session may still be reused. */
function withoutFreeSlot(verb: string | symbol, given: unknown[]): unknown[] {
  const at = RULES_AT[verb as keyof SessionStore];
  return at === undefined ? given : given.with(at, { ...(given[at] as CreateRules), max: 0 });
}

/** Where the verbs that respect a limit take their rules. */
const RULES_AT: Partial<Record<keyof SessionStore, number>> = { create: 1, rotate: 4 };
