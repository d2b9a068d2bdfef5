/**
 * Reads what an application gave, whatever it is made of: a literal, an instance of a class with getters and methods,
 * an object that inherits from another. Copying it (`{ ...given }`, `Object.assign`) would take its own enumerable
 * members only, and lose the others in silence.
 */

/**
 * The members of these names that are there, each read once; one that is there as `undefined` stays so. A method
 * keeps its `this`.
 */
export function readMembers(given: object, names: Iterable<string>): Record<string, unknown> {
  const members: Record<string, unknown> = {};
  for (const name of names) {
    const value: unknown = (given as Record<string, unknown>)[name];
    // A proxy may give what it does not say it has.
    if (value === undefined && !(name in given)) continue;
    const isMethod = typeof value === 'function' && !Object.hasOwn(given, name);
    members[name] = isMethod ? (value.bind(given) as unknown) : value;
  }
  return members;
}

/** The members that have none of these names. What a class has for itself, methods and `#private` fields, is none. */
export function strangersIn(given: object, names: ReadonlySet<string>): string[] {
  const members = new Set([...Object.getOwnPropertyNames(given), ...inheritedAccessors(given)]);
  return [...members].filter((name) => !names.has(name));
}

function inheritedAccessors(given: object): string[] {
  const accessors: string[] = [];
  for (
    let prototype = Object.getPrototypeOf(given) as object | null;
    prototype !== null;
    prototype = Object.getPrototypeOf(prototype) as object | null
  ) {
    for (const [name, descriptor] of Object.entries(Object.getOwnPropertyDescriptors(prototype))) {
      // Every object has `__proto__`, of a realm's `Object.prototype`.
      if (name !== '__proto__' && !('value' in descriptor)) accessors.push(name);
    }
  }
  return accessors;
}

/** Whether it is an instance of a class, and no literal and no array. */
export function isInstance(given: object): boolean {
  const prototype = Object.getPrototypeOf(given) as object | null;
  return prototype !== null && !Object.hasOwn(prototype, 'hasOwnProperty');
}

/**
 * The one of these names that a mistyped one was meant to be, if it is near enough to any: as `session_timeout` and
 * `sesionTimeout` are to `sessionTimeout`.
 */
export function nearestName(mistyped: string, names: Iterable<string>): string | undefined {
  const typed = letters(mistyped.slice(0, MAX_NAME));
  let nearest: { name: string; edits: number } | undefined;
  for (const name of names) {
    const edits = editsBetween(typed, letters(name));
    if (edits <= typed.length / 4 && edits < (nearest?.edits ?? Infinity)) nearest = { name, edits };
  }
  return nearest?.name;
}

/** Longer than any name of ours: what is compared is bounded. */
const MAX_NAME = 64;

/** Case and separators are habits of languages, not what a name is. */
function letters(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '');
}

/** How many letters have to be put in, left out or changed: Levenshtein's distance, row by row. */
function editsBetween(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let i = 1; i <= from.length; i++) {
    const next = [i];
    for (let j = 1; j <= to.length; j++) {
      const changed = row[j - 1]! + (from[i - 1] === to[j - 1] ? 0 : 1);
      next.push(Math.min(changed, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[to.length]!;
}
