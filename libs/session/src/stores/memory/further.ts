import { isFurtherMember } from '../../core/session.js';

/** The members of a record that few have, and those that a later version of this library may have added, as they came. */
export type Further = Readonly<Record<string, unknown>>;

/** The further members of `given` over those of `present`; one that is given as `undefined` goes. */
export function furtherOf(given: object, present?: Further): Further | undefined {
  let further: Record<string, unknown> | undefined;
  for (const name in given) {
    if (isFurtherMember(name)) (further ??= { ...present })[name] = frozenCopy((given as Further)[name]);
  }
  if (further === undefined) return present;
  const there = Object.entries(further).filter(([, value]) => value !== undefined);
  return there.length === 0 ? undefined : Object.freeze(Object.fromEntries(there));
}

/** A value of JSON that nobody can change: neither whose it was nor whoever is handed the record. */
function frozenCopy(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return Object.freeze(value.map(frozenCopy));
  const members = Object.entries(value).map(([name, member]) => [name, frozenCopy(member)]);
  return Object.freeze(Object.fromEntries(members));
}
