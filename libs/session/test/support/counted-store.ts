/** A store, and how often any of its verbs was asked. */
export function countedStore<S extends object>(store: S): { store: S; asked: () => number } {
  let asked = 0;
  const counting = new Proxy(store, {
    get: (target, member) => {
      const value: unknown = Reflect.get(target, member);
      if (typeof value !== 'function') return value;
      return (...given: unknown[]): unknown => {
        asked += 1;
        return Reflect.apply(value, target, given);
      };
    },
  });
  return { store: counting, asked: () => asked };
}
