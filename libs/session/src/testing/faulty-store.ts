import type { LimitRules } from '../core/session-store.js';

/** What a test makes a store suffer from. */
export interface Faults {
  /** No verb answers, as while a database is away. */
  down: boolean;
  /** No slot is free. */
  full: boolean;
}

/** The same store, except that its verbs fail while a fault is set, and work again when it is not. */
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

/** The limits of `create` and `rotate` become none at all; an existing session may still be reused. */
function withoutFreeSlot(verb: string | symbol, given: unknown[]): unknown[] {
  const second = given[1] as LimitRules & { readonly rules: LimitRules };
  if (verb === 'create') return given.with(1, { ...second, ...NO_SLOT });
  if (verb === 'rotate') return given.with(1, { ...second, rules: { ...second.rules, ...NO_SLOT } });
  return given;
}

const NO_SLOT = { max: 0, onLimit: 'reject' } as const;
