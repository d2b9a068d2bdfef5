/** What a function throws; fails the test if it returns. */
export function failureOf(action: () => unknown): Error & { code?: string } {
  try {
    action();
  } catch (error) {
    return error as Error;
  }
  throw new Error('Expected a failure, and there was none');
}
