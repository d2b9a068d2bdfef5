/**
 * Calls what only looks on: a logger, or a listener. Whether it throws, or answers a promise that rejects, `failed`
 * hears of it and nobody else does.
 */
export function observe(observer: () => unknown, failed: (error: unknown) => void): void {
  try {
    const answer = observer();
    // In a promise of our own, since a thenable of somebody else's may throw wherever it is touched.
    if (isObject(answer)) new Promise((resolve) => resolve(answer)).catch(failed);
  } catch (error) {
    failed(error);
  }
}

function isObject(value: unknown): boolean {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}
