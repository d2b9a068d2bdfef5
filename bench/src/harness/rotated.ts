/** The same list, begun `steps` further on: over as many rounds as it has members, each has every place once. */
export function rotated<T>(list: readonly T[], steps: number): T[] {
  const start = steps % list.length;
  return [...list.slice(start), ...list.slice(0, start)];
}
