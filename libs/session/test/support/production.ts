/** Runs `body` under `NODE_ENV=production`, as a container does. */
export async function inProduction<T>(body: () => Promise<T>): Promise<T> {
  const before = process.env.NODE_ENV;
  process.env.NODE_ENV = 'production';
  try {
    return await body();
  } finally {
    process.env.NODE_ENV = before;
  }
}
