/**
 * Makes a reader of values as people write them: any case, surrounding blanks, with or without `prefix` and a dot.
 * It answers `undefined` for anything else and never throws.
 */
export function namedValueReader<T extends string>(
  prefix: string,
  values: Readonly<Record<string, T>>,
): (text: unknown) => T | undefined {
  const byName = new Map<string, T>(Object.values(values).map((value) => [value, value]));
  const dotted = `${prefix.toLowerCase()}.`;
  return (text) => {
    if (typeof text !== 'string') return undefined;
    const name = text.trim().toLowerCase();
    return byName.get(name.startsWith(dotted) ? name.slice(dotted.length) : name);
  };
}
