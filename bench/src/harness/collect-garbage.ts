/** Both do nothing without `--expose-gc`. */

/** Leaves the young generation empty, so that no contestant pays for what another, or the preparation, left. */
export function collectYoungGarbage(): void {
  // What survives one collection is moved to the old generation by the next.
  globalThis.gc?.({ type: 'minor' });
  globalThis.gc?.({ type: 'minor' });
}

export function collectAllGarbage(): void {
  globalThis.gc?.();
}
