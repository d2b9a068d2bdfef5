import { SECOND } from './clock.js';

/** For how long an end is waited for, all of its steps together, in milliseconds. */
export const CLOSING_TIME = 10 * SECOND;

/**
 * Waits for work, but only so many milliseconds; answers whether it was done by then. What it is rejected with
 * afterwards is lost.
 */
export async function endsWithin(milliseconds: number, work: () => unknown): Promise<boolean> {
  // Begun before the timer: of two limits that are equal the inner one runs out first, and knows more to say.
  const done = Promise.resolve(work()).then(() => true);
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(resolve, milliseconds, false);
  });
  try {
    return await Promise.race([done, late]);
  } finally {
    clearTimeout(timer);
  }
}
