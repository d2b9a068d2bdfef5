import type { Partitions } from '../../../src/stores/redis/partitions.js';

type Named = { readonly username?: string; readonly id?: string; readonly jti?: string };

/**
 * A spread store as the contract suites ask it, which draw ids of their own: each is exchanged for one that lies where its
 * owner does, and back again in all that is answered and told.
 */
export function withPlacedIds<S extends object>(store: S, partitions: Partitions): S {
  const placed = new Map<string, string>();
  const given = new Map<string, string>();

  function place(record: Named): void {
    const id = record.id ?? record.jti;
    if (id === undefined || record.username === undefined || placed.has(id)) return;
    const bytes = Buffer.from(partitions.newId(record.username), 'base64url');
    const own = bytes.toString('base64url');
    placed.set(id, own);
    given.set(own, id);
  }

  return new Proxy(store, {
    get(target, member) {
      const value: unknown = Reflect.get(target, member);
      if (typeof value !== 'function' || member === 'newId' || member === 'newJti') return value;
      if (member === 'subscribe') {
        return (listener: (change: unknown) => void): unknown =>
          Reflect.apply(value, target, [(change: unknown) => listener(exchanged(change, given))]);
      }
      return (...args: unknown[]): unknown => {
        if (member === 'create' || member === 'put') place(args[0] as Named);
        const answer: unknown = Reflect.apply(value, target, exchanged(args, placed) as unknown[]);
        return answer instanceof Promise ? answer.then((late: unknown) => exchanged(late, given)) : answer;
      };
    },
  });
}

/** The same value, with other names in the places of ids, however deep they lie. */
function exchanged(value: unknown, names: ReadonlyMap<string, string>): unknown {
  if (typeof value === 'string') return names.get(value) ?? value;
  if (Array.isArray(value)) return value.map((each) => exchanged(each, names));
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, exchanged(member, names)]));
}
