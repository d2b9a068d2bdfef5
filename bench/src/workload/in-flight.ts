/** Performs all, so many at once, each next one as one ends; counts those that ended as they should. */
export async function inFlight<T>(
  most: number,
  items: Iterable<T>,
  perform: (item: T) => Promise<boolean>,
): Promise<number> {
  let succeeded = 0;
  const left = items[Symbol.iterator]();
  async function performSome(): Promise<void> {
    for (let next = left.next(); !next.done; next = left.next()) if (await perform(next.value)) succeeded++;
  }
  await Promise.all(Array.from({ length: most }, performSome));
  return succeeded;
}
